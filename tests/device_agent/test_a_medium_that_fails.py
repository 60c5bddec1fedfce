"""No room, input/output errors, read-only: at every operation of an update, once and for ever."""

import contextlib

import pytest

from device_agent.errors import AgentError, StorageFull, StorageUnusable
from device_agent.protocol.frame import Frame, FrameFlags
from device_agent.state import slots
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.device import SimDevice, enrolled_device
from tests.device_agent.simulators.storage import SimStorage


def ready() -> SimDevice:
    device = enrolled_device()
    device.wire.piece = 4096
    device.service.publish("1.0", bundle_of("1.0"))
    device.update(device.boot())
    device.service.publish("2.0", bundle_of("2.0"))
    device.storage = device.storage.copy()
    return device


def operations_of_an_update() -> int:
    device = ready()
    device.update(device.boot())
    return device.storage.operations


def failing(storage: SimStorage, error: AgentError, *, first: int, last: int) -> None:
    def fail(number: int, operation: str, path: str) -> None:
        if first <= number < last:
            raise error

    storage.fail = fail


@pytest.mark.parametrize(
    "error", [StorageFull("No space left on device."), StorageUnusable("Input/output error.")]
)
@pytest.mark.parametrize("duration", [1, 10**9])
def test_a_failure_at_any_operation_leaves_a_good_slot(error: AgentError, duration: int) -> None:
    for first in range(operations_of_an_update()):
        device = ready()
        failing(device.storage, error, first=first, last=first + duration)
        with contextlib.suppress(AgentError):
            agent = device.boot()
            for _ in range(3):
                with contextlib.suppress(AgentError):
                    device.update(agent)

        device.storage.fail = lambda number, operation, path: None
        agent = device.boot()
        active = agent.state.active
        assert active is not None
        assert slots.slot_is(device.storage, active, agent.state.slots[active])
        for _ in range(3):
            device.update(agent)
        action = device.service.actions[-1]
        assert action.state in {"success", "failure"}
        assert len({told.finished for told in action.terminal}) == 1
        version = agent.state.slots[agent.state.active or active].version
        assert version == ("2.0" if action.state == "success" else "1.0")


def test_a_medium_that_went_read_only_keeps_the_model_running() -> None:
    device = ready()
    failing(device.storage, StorageUnusable("Read-only file system."), first=0, last=10**9)
    agent = device.boot()
    assert agent.state.running == "a"
    agent.spool.put(Frame(b"abcd", 1, 1, 0, 1, 1, FrameFlags.NONE, b""))
    assert agent.spool.take_dropped() == 1
    with pytest.raises(StorageUnusable):
        agent.visit()
    assert agent.state.running == "a"
    told = device.service.actions[-1].feedback[-1]
    assert told.details[0].startswith("install: Read-only")


def test_a_full_medium_is_told_as_the_reason() -> None:
    device = ready()
    agent = device.boot()

    def full(number: int, operation: str, path: str) -> None:
        if "slot-b" in path and operation == "append":
            raise StorageFull("slot-b: No space left on device.")

    device.storage.fail = full
    device.update(agent)
    told = device.service.actions[-1].feedback[-1]
    assert told.details[0].startswith("install: slot-b: No space left")
    assert agent.state.failed == ()


def test_a_sign_of_health_that_the_medium_does_not_take_ends_nothing() -> None:
    device = ready()
    agent = device.boot()
    failing(device.storage, StorageFull("No space left on device."), first=0, last=10**9)
    agent.alive()
    assert agent.state.starts == 0


def test_a_window_that_cannot_be_read_holds_up_no_other() -> None:
    device = ready()
    agent = device.boot()
    for seq in (1, 2):
        agent.spool.put(Frame(b"abcd", 1, seq, 0, 1, 1, FrameFlags.NONE, b""))
    first = min(device.storage.names("spool"))
    read = device.storage.read

    def unreadable(path: str, *, limit: int) -> bytes | None:
        if path.endswith(first):
            raise StorageUnusable(f"{path}: Permission denied.")
        return read(path, limit=limit)

    device.storage.read = unreadable  # type: ignore[method-assign]
    assert [frame.seq for _, frame, _ in agent.spool.waiting()] == [2]


def test_documents_that_cannot_be_read_prove_nothing_and_the_agent_starts() -> None:
    device = ready()
    for path in ("state.0", "state.1"):
        del device.storage.files[path]
    read = device.storage.read

    def unreadable(path: str, *, limit: int) -> bytes | None:
        if path == "slot-a/signed.json":
            raise StorageUnusable(f"{path}: Is a directory.")
        return read(path, limit=limit)

    device.storage.read = unreadable  # type: ignore[method-assign]
    assert device.boot().state.running is None
