"""A board on a CAN bus takes a model in a rollout, by the manual's own port of three functions."""

import importlib
import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import can
import isotp
import pytest

from device_agent.errors import Misconfigured
from device_agent.gateway.line.link import ChildSilent
from device_agent.gateway.line.port_link import PortLink
from device_agent.gateway.opening import link_of
from device_agent.gateway.settings import ChildSettings, LineKind, children_of
from device_agent.protocol.chip.smp_group import SlotState
from fleet.console.manual import FOLDER
from tests.agent_and_service import children
from tests.agent_and_service.children import RealGateway, gateway, model_image, offer
from tests.agent_and_service.device import state_of
from tests.simulators.chip import SimChip

TO_CHIP, FROM_CHIP = 0x701, 0x709
WAIT_SECONDS = 0.05
CHANNELS = count()


@pytest.fixture(scope="module", autouse=True)
def can_link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The module as the manual prints it, where the agent finds modules."""
    folder: Path = tmp_path_factory.mktemp("links")
    (text,) = re.findall(r"```python\n(.*?)```", (FOLDER / "links.md").read_text(), re.DOTALL)
    (folder / "can_link.py").write_text(text)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield
    sys.path.remove(str(folder))
    sys.modules.pop("can_link", None)


class ChipOnCan:
    """A simulated chip whose ISO-TP is the library's: it answers until it is told to end."""

    def __init__(self, chip: SimChip, channel: str) -> None:
        self.chip, self.channel = chip, channel
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> "ChipOnCan":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def _serve(self) -> None:
        with can.Bus(interface="virtual", channel=self.channel) as bus:
            address = isotp.Address(
                isotp.AddressingMode.Normal_11bits, txid=FROM_CHIP, rxid=TO_CHIP
            )
            stack = isotp.CanStack(bus, address=address, params={"max_frame_size": 4095})
            stack.start()
            while not self._ends.is_set():
                request = stack.recv(block=True, timeout=WAIT_SECONDS)
                answer = self.chip.handle(bytes(request)) if request else None
                if answer:
                    stack.send(answer)
            stack.stop()


def settings(address: str) -> ChildSettings:
    listed = {"name": "mcu-1", "transport": "own", "address": address, "packet_bytes": 512}
    (found,) = children_of([listed])
    return found


@contextmanager
def house_on_can(chip: SimChip) -> Iterator[RealGateway]:
    """A gateway with this chip on a bus of its own."""
    channel = f"bus-{next(CHANNELS)}"
    address = f"can_link:open_link?virtual,{channel},{TO_CHIP:#x},{FROM_CHIP:#x}"
    house = gateway({"mcu-1": chip})
    house.links = {"mcu-1": PortLink(settings(address))}
    with ChipOnCan(chip, channel):
        try:
            yield house
        finally:
            house.links["mcu-1"].close()


@pytest.mark.django_db
def test_a_board_on_can_takes_an_update_from_a_rollout() -> None:
    chip, image = SimChip(), model_image("one", size=2000)
    with house_on_can(chip) as house:
        assert house.boot().round() == {"mcu-1": ""}
        (assignment,) = offer([house.row("mcu-1")], children.release("1.0", image))
        assert house.boot().round() == {"mcu-1": ""}
    assert state_of(assignment) == "succeeded"
    assert chip.flash.images[chip.flash.active] == image
    assert chip.flash.slots[chip.flash.active].state is SlotState.GOOD
    assert house.row("mcu-1").attributes["link"].startswith("can_link:open_link?virtual")


class Port:
    """A port whose line breaks when it is told to."""

    opened = 0

    def __init__(self, words: str) -> None:
        type(self).opened += 1
        self.words, self.answers = words, [b"x" * 3]

    def send(self, packet: bytes) -> None:
        if packet == b"break":
            raise OSError("pulled")

    def receive(self, seconds: float) -> bytes:
        return self.answers.pop() if self.answers else b""

    def close(self) -> None:
        if self.words == "stuck":
            raise RuntimeError("stuck")


def test_what_a_port_raises_is_a_silent_child_and_it_is_opened_again() -> None:
    link = PortLink(settings(f"{__name__}:Port?stuck"))
    before = Port.opened
    link.send(b"hello")
    with pytest.raises(ChildSilent, match="is broken: pulled"):
        link.send(b"break")
    assert link.receive(0.0) == b"xxx"
    assert Port.opened == before + 2
    with pytest.raises(ChildSilent, match="Nothing came"):
        link.receive(0.0)
    with pytest.raises(ChildSilent, match="cannot be closed: stuck"):
        link.close()


def test_the_smaller_of_link_and_chip_holds() -> None:
    link = PortLink(settings(f"{__name__}:Port"))
    assert link.packet_bytes == 128
    link.widen(2048)
    assert link.packet_bytes == 512
    link.widen(384)
    assert link.packet_bytes == 384
    link.widen(0)
    assert link.packet_bytes == 128


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/dev/ttyACM0", "is not module:function"),
        ("no_such_module:f", "cannot be loaded: No module named"),
        ("can_link:nothing", "cannot be loaded: "),
    ],
)
def test_a_link_that_cannot_be_loaded_is_refused_at_the_start(address: str, sentence: str) -> None:
    with pytest.raises(Misconfigured, match=sentence):
        link_of(settings(address))


def test_the_manuals_settings_name_this_link() -> None:
    text = (FOLDER / "links.md").read_text()
    (found,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    told: Any = json.loads(found)
    (child,) = children_of(told["children"])
    assert (child.transport, child.packet_bytes) == (LineKind.OWN, 512)
    assert child.address.startswith("can_link:open_link?socketcan,can0")
