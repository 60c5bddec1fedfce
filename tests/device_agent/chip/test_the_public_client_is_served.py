"""`smpclient`, which knows MCUmgr and not us, talks to the chip over a pseudo-terminal."""

import asyncio
import hashlib
import os
import threading
import tty
from collections.abc import Iterator
from typing import Any

import pytest

from builds.image.model_image import PayloadKind, SlotImage, pack
from device_agent.protocol.chip.image import target_digest
from tests.simulators.whole_chip import TARGET, WholeChip

smpclient = pytest.importorskip("smpclient", reason="smpclient is not installed")
serial = pytest.importorskip("smpclient.transport.serial", reason="pyserial is not installed")
from smpclient.requests.image_management import (  # noqa: E402
    ImageErase,
    ImageStatesRead,
    ImageStatesWrite,
)
from smpclient.requests.os_management import EchoWrite, ResetWrite  # noqa: E402

pytestmark = pytest.mark.toolchain
PAYLOAD = bytes(range(200)) * 12


def image(counter: int, payload: bytes = PAYLOAD) -> bytes:
    digest = bytes(32)
    mark = target_digest(TARGET)
    return pack(SlotImage(PayloadKind.CODE, 0, payload, 0, counter, mark, digest, digest))


class Cable:
    """A pseudo-terminal with a chip at its end."""

    def __init__(self, chip: WholeChip) -> None:
        self.end, client = os.openpty()
        tty.setraw(client)
        self.path, self._client = os.ttyname(client), client
        self._served = threading.Thread(target=self._serve, args=(chip,))
        self._served.start()

    def _serve(self, chip: WholeChip) -> None:
        while (data := os.read(self.end, 4096)) != b"\0":
            os.write(self.end, chip.hear(data))

    def unplug(self) -> None:
        os.write(self._client, b"\0")
        self._served.join()
        os.close(self.end)
        os.close(self._client)


@pytest.fixture
def chip() -> WholeChip:
    return WholeChip()


@pytest.fixture
def path(chip: WholeChip) -> Iterator[str]:
    cable = Cable(chip)
    yield cable.path
    cable.unplug()


def talk(path: str, *requests: Any, upload: bytes = b"") -> list[Any]:
    async def all_of_it() -> list[Any]:
        async with smpclient.SMPClient(serial.SMPSerialTransport(), path, timeout_s=60.0) as client:
            offsets = [offset async for offset in client.upload(upload)] if upload else []
            answers = [await client.request(request) for request in requests]
            return [offsets[-1], *answers] if offsets else answers

    return asyncio.run(all_of_it())


def test_it_echoes_and_resets(path: str, chip: WholeChip) -> None:
    echoed, reset = talk(path, EchoWrite(d="Grüße"), ResetWrite())
    assert echoed.r == "Grüße"
    assert smpclient.generics.success(reset)
    assert chip.resets == 1


def test_it_uploads_tests_and_confirms_a_model(path: str) -> None:
    data = image(4)
    sha = hashlib.sha256(data).digest()
    sent, listed, tried, confirmed = talk(
        path,
        ImageStatesRead(),
        ImageStatesWrite(hash=sha),
        ImageStatesWrite(hash=sha, confirm=True),
        upload=data,
    )
    assert sent == len(data)
    assert [(one.slot, one.hash, one.active) for one in listed.images] == [(0, sha, False)]
    assert [(one.pending, one.active) for one in tried.images] == [(True, True)]
    assert [(one.confirmed, one.pending) for one in confirmed.images] == [(True, False)]


def test_what_runs_is_not_erased(path: str) -> None:
    data = image(4)
    sha = hashlib.sha256(data).digest()
    _, _, _, erased = talk(
        path,
        ImageStatesWrite(hash=sha),
        ImageStatesWrite(hash=sha, confirm=True),
        ImageErase(slot=0),
        upload=data,
    )
    assert smpclient.generics.error(erased)
