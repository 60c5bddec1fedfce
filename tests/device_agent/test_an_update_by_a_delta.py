"""A device that is offered a delta of what it holds downloads that, and whatever is wrong with it
ends in the whole file and the signed bytes.
"""

import hashlib
import logging
import lzma
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_agent.errors import ServiceUnreachable
from device_agent.protocol.delta.offer import NOTHING
from device_agent.protocol.delta.sequential import HEAD, dump_number
from device_agent.state.slots import slot_is
from device_agent.update.delta import FOLDER, STALLS_LIMIT
from ota.releases.deltas.write import make_delta
from tests.device_agent.simulators.bundles import GOOD, bundle_of
from tests.device_agent.simulators.device import SimDevice, enrolled_device
from tests.device_agent.simulators.storage import Cut, Loss, PowerCut

WEIGHTS = random.Random(1).randbytes(5_000)
OLD = bundle_of("1.0", library=GOOD + b"1.0" + WEIGHTS)
NEW = bundle_of("2.0", library=GOOD + b"2.0" + bytes([*WEIGHTS[:9], 7, *WEIGHTS[10:]]))
SOURCE = hashlib.sha256(OLD).hexdigest()
DELTA = make_delta(OLD, NEW)


def updated_once() -> SimDevice:
    """A device that runs 1.0 and is offered 2.0."""
    device = enrolled_device()
    device.service.publish("1.0", OLD)
    device.update(device.boot())
    device.service.publish("2.0", NEW)
    device.wire.sent.clear()
    return device


def asked(device: SimDevice) -> list[str]:
    kinds = ("/deltas/", "/artifacts/")
    return [kind for r in device.wire.sent for kind in kinds if kind in r.url]


def runs_the_new_one(device: SimDevice) -> bool:
    state = device.boot().state
    assert state.active is not None
    held = state.slots[state.active]
    return held.version == "2.0" and slot_is(device.storage, state.active, held)


def update_often(device: SimDevice, *, visits: int = STALLS_LIMIT + 3) -> None:
    for _ in range(visits):
        try:
            device.update(device.boot())
        except ServiceUnreachable:
            continue


@pytest.mark.parametrize("source", [SOURCE, NOTHING])
def test_only_the_delta_is_downloaded(source: str) -> None:
    device = updated_once()
    device.service.deltas = [(source, DELTA if source else make_delta(b"", NEW))]
    device.update(device.boot())
    assert asked(device) == ["/deltas/"]
    assert runs_the_new_one(device)
    details = [word for told in device.service.actions[1].feedback for word in told.details]
    size = len(device.service.deltas[0][1])
    assert any(f"{size} of {len(NEW)} bytes were downloaded." in word for word in details)
    assert device.storage.names(FOLDER) == []


@pytest.mark.parametrize("source", ["0" * 64, SOURCE[::-1]])
def test_a_delta_of_another_file_is_not_asked_for(source: str) -> None:
    device = updated_once()
    device.service.deltas = [(source, DELTA)]
    device.update(device.boot())
    assert asked(device) == ["/artifacts/"]
    assert runs_the_new_one(device)


def bomb() -> bytes:
    """A megabyte for each of its own bytes, and never a byte of the file."""
    plain = dump_number(0) + (dump_number(0) * 3) * 3_000_000
    return HEAD + dump_number(len(NEW)) + lzma.compress(plain, lzma.FORMAT_ALONE)


HOSTILE = {
    "no delta at all": b"\x7fELF",
    "another form": b"\x12" + DELTA[1:],
    "cut short": DELTA[: len(DELTA) // 2],
    "of another length": HEAD + dump_number(len(NEW) + 1) + DELTA[4:],
    "a changed byte": DELTA[:-40] + bytes([DELTA[-40] ^ 1]) + DELTA[-39:],
    "of a base that was another": make_delta(OLD[::-1], NEW),
    "to another file": make_delta(OLD, NEW[:-1024] + bytes(1023) + b"!"),
    "a bomb": bomb(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_delta_costs_one_sentence_and_the_whole_file(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    device = updated_once()
    device.service.deltas = [(SOURCE, HOSTILE[name])]
    with caplog.at_level(logging.WARNING, "device_agent.update.delta"):
        device.update(device.boot())
    assert asked(device) == ["/deltas/", "/artifacts/"]
    assert runs_the_new_one(device)
    warned = [record for record in caplog.records if record.levelno == logging.WARNING]
    (sentence,) = [record.getMessage() for record in warned]
    assert sentence.startswith("No update by a delta, the whole file is downloaded: ")


def test_a_delta_that_is_damaged_on_its_way_is_given_up_after_a_few_visits() -> None:
    device = updated_once()
    device.service.deltas = [(SOURCE, DELTA)]
    device.service.damage = lambda delta: delta[:-1] + b"!"
    update_often(device)
    assert asked(device).count("/deltas/") == STALLS_LIMIT
    assert runs_the_new_one(device)


def test_a_delta_that_is_gone_is_no_reason_to_fail() -> None:
    device = updated_once()
    device.service.deltas = [(SOURCE, DELTA)]
    device.wire.fault = lambda request, reply: (
        (404, {}, b"{}") if "/deltas/" in request.url else reply
    )
    device.update(device.boot())
    assert runs_the_new_one(device)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, len(DELTA)), min_size=1, max_size=3))
def test_a_delta_that_is_cut_goes_on_where_it_was(cuts: list[int]) -> None:
    device = updated_once()
    device.service.deltas = [(SOURCE, DELTA)]
    for cut in cuts:
        device.wire.cut_at = cut
        update_often(device, visits=1)
    device.wire.cut_at = None
    device.update(device.boot())
    assert "/artifacts/" not in asked(device)
    assert runs_the_new_one(device)


def moments() -> list[int]:
    """The storage operations that a delta takes: one of each kind and file, and all that sync."""
    device = updated_once()
    before = device.storage.operations
    device.service.deltas = [(SOURCE, DELTA)]
    device.update(device.boot())
    named = list(enumerate(device.storage.log[before:]))
    ours = [(at, each) for at, each in named if each[1].startswith((FOLDER, "download"))]
    return sorted({each[:2]: at for at, each in ours}.values())


@pytest.mark.parametrize("loss", [Loss.DATA, Loss.MIXED])
def test_a_device_that_is_killed_anywhere_ends_with_the_signed_bytes(loss: Loss) -> None:
    cuts = moments()
    assert len(cuts) > 8
    for at in cuts:
        device = updated_once()
        device.service.deltas = [(SOURCE, DELTA)]
        device.storage.cut = Cut(device.storage.operations + at)
        with pytest.raises(PowerCut):
            device.update(device.boot())
        device.storage = device.storage.after_power_cut(loss, seed=at)
        update_often(device, visits=2)
        assert runs_the_new_one(device), at


def test_what_a_killed_start_has_made_is_not_downloaded_again() -> None:
    device = updated_once()
    device.service.deltas = [(SOURCE, DELTA)]
    device.storage.fail = lambda number, operation, path: _off(operation, path)
    with pytest.raises(PowerCut):
        device.update(device.boot())
    device.storage.fail = lambda number, operation, path: None
    device.update(device.boot())
    assert asked(device) == ["/deltas/"]
    assert runs_the_new_one(device)


def _off(operation: str, path: str) -> None:
    """Once the result has its name."""
    if operation == "sync_folder" and path == "download":
        raise PowerCut
