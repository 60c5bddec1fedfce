"""The journal and the state record: torn, rotten, older, newer, and always one that is valid."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.protocol.errors import ProtocolError
from device_agent.state.record import (
    ActionOutcome,
    AgentState,
    Slot,
    SlotContent,
    UpdatePhase,
    dump_state,
    parse_state,
)
from device_agent.state.state_store import StateStore
from device_agent.storage.durable import Journal, decode_record, encode_record
from tests.device_agent.simulators.storage import SimStorage

CONTENTS = st.builds(
    SlotContent,
    release=st.text(min_size=1, max_size=8),
    model=st.text(min_size=1, max_size=8),
    version=st.text(min_size=1, max_size=8),
    sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
    length=st.integers(1, 2**30),
    counter=st.integers(0, 2**40),
    assignment=st.text(min_size=1, max_size=8),
)
OUTCOMES = st.builds(
    ActionOutcome, action=st.text(min_size=1, max_size=8), success=st.booleans(), reason=st.text()
).filter(lambda outcome: len(outcome.reason) < 500)
STATES = st.builds(
    AgentState,
    phase=st.sampled_from([UpdatePhase.IDLE, UpdatePhase.FETCHING, UpdatePhase.INSTALLING]),
    slots=st.fixed_dictionaries({Slot.A: CONTENTS}, optional={Slot.B: CONTENTS}),
    active=st.sampled_from([None, Slot.A]),
    action=st.none() | st.text(min_size=1, max_size=6),
    target=st.none() | CONTENTS,
    starts=st.integers(0, 9),
    floor=st.integers(0, 2**40),
    floor_assignment=st.text(max_size=9),
    signed_time=st.integers(0, 2**33),
    failed=st.lists(st.text(max_size=64), max_size=4).map(tuple),
    outbox=st.lists(OUTCOMES, max_size=3).map(tuple),
    ended=st.lists(OUTCOMES, max_size=3).map(tuple),
    report_config=st.booleans(),
    boot_id=st.integers(0, 2**32 - 1),
).filter(lambda state: state.phase is UpdatePhase.IDLE or state.target is not None)
RECORD: dict[str, object] = {"n": 1}


@given(STATES)
def test_a_state_survives_its_record(state: AgentState) -> None:
    read = decode_record(encode_record(7, dump_state(state)))
    assert read is not None
    assert parse_state(read[1]) == state


def test_what_a_newer_agent_wrote_is_kept_by_an_older_one() -> None:
    record = {**dump_state(AgentState()), "version": 2, "invented_later": {"x": 1}}
    kept = dump_state(parse_state(record))
    assert kept["invented_later"] == {"x": 1}


@pytest.mark.parametrize("broken", [{"phase": "dancing"}, {"active": "a"}, {"version": 0}])
def test_a_record_without_sense_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ProtocolError):
        parse_state({**dump_state(AgentState()), **broken})


@given(st.data())
def test_no_prefix_and_no_flipped_bit_passes_for_a_record(data: st.DataObject) -> None:
    raw = encode_record(3, {"member": "value", "n": 17})
    assert decode_record(raw[: data.draw(st.integers(0, len(raw) - 1))]) is None
    flipped = bytearray(raw)
    flipped[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert decode_record(bytes(flipped)) is None


@given(st.binary(max_size=100))
def test_any_bytes_are_no_record(raw: bytes) -> None:
    assert decode_record(raw) is None


def test_the_newest_record_counts() -> None:
    storage = SimStorage()
    journal = Journal(storage, "state")
    for number in range(5):
        journal.save({"n": number})
    assert Journal(storage, "state").load() == {"n": 4}


@pytest.mark.parametrize("damage", [b"", b"EFJ1 9", b"\0" * 64])
@pytest.mark.parametrize("path", ["state.0", "state.1"])
def test_one_damaged_file_costs_one_step_at_most(path: str, damage: bytes) -> None:
    storage = SimStorage()
    journal = Journal(storage, "state")
    for number in range(4):
        journal.save({"n": number})
    storage.files[path].data[:] = damage
    read = Journal(storage, "state")
    assert read.load() in ({"n": 3}, {"n": 2})
    assert read.damaged


@pytest.mark.parametrize("path", ["state.0", "state.1"])
def test_a_raised_floor_survives_the_loss_of_either_file(path: str) -> None:
    storage = SimStorage()
    store = StateStore.begin(storage, AgentState())
    store.save(AgentState(floor=7, floor_assignment="asg_7"))
    storage.files[path].data.clear()
    again = StateStore.load(storage)
    assert again is not None
    assert again.state.floor == 7


def test_writing_goes_on_after_damage() -> None:
    storage = SimStorage()
    journal = Journal(storage, "state")
    journal.save(RECORD)
    storage.files["state.1"].data.clear()
    fresh = Journal(storage, "state")
    assert fresh.load() is None
    fresh.save({"n": 2})
    assert Journal(storage, "state").load() == {"n": 2}


def test_an_unchanged_state_is_not_written_again() -> None:
    storage = SimStorage()
    store = StateStore.begin(storage, AgentState())
    before = storage.operations
    store.save(AgentState())
    assert storage.operations == before


def test_an_update_to_nothing_is_refused() -> None:
    with pytest.raises(ProtocolError, match="nothing says to what"):
        parse_state({**dump_state(AgentState()), "phase": "fetching"})


@pytest.mark.parametrize("body", [b"no JSON", b"[" * 100_000, b"\xff\xfe", b"[]", b"7"])
def test_a_right_checksum_over_no_record_is_no_record(body: bytes) -> None:
    head = f"EFJ1 3 {len(body)} {zlib.crc32(body, 3)}\n".encode()
    assert decode_record(head + body) is None
