"""`rotate-key`: wherever the power is cut, the device holds a key that the service knows."""

from contextlib import suppress
from itertools import product

import pytest

from device_agent.errors import ServiceUnreachable, StorageUnusable
from device_agent.identity.keys import KEY_FILE, device_key
from device_agent.identity.rotation import NEXT_KEY_FILE, next_key
from device_agent.net.transport import Request
from tests.device_agent.simulators.device import SimDevice, enrolled_device
from tests.device_agent.simulators.ranges import Reply
from tests.device_agent.simulators.service import CODE
from tests.device_agent.simulators.storage import Cut, Loss, PowerCut, SimStorage

SECOND_LOSSES = (Loss.DATA, Loss.NAMES, Loss.MIXED)
SECOND_OPERATIONS = 20  # of the start after a kill: more than replacing a key takes


def public(device: SimDevice) -> bytes:
    return device_key(device.storage).public_key().public_bytes_raw()


def known(device: SimDevice) -> bytes:
    return device.service.keys["dev-1"]


def lost_answer(request: Request, reply: Reply) -> Reply:
    if request.url.endswith("/device/v1/key"):
        raise ServiceUnreachable("The line went dead.")
    return reply


def test_the_new_key_holds_and_is_alone() -> None:
    device = enrolled_device()
    before = public(device)
    fingerprint = device.rotate_key()
    assert public(device) == known(device) != before
    assert len(fingerprint) == 64
    assert next_key(device.storage) is None
    device.boot().visit()


def test_a_lost_answer_leaves_both_keys_and_the_next_session_settles_it() -> None:
    device = enrolled_device()
    device.wire.fault = lost_answer
    with pytest.raises(ServiceUnreachable):
        device.rotate_key()
    device.wire.fault = lambda request, reply: reply
    assert public(device) != known(device)
    device.boot().visit()
    assert public(device) == known(device)
    assert next_key(device.storage) is None


def test_asking_again_asks_for_the_same_key() -> None:
    device = enrolled_device()
    device.wire.fault = lost_answer
    with pytest.raises(ServiceUnreachable):
        device.rotate_key()
    waiting = next_key(device.storage)
    device.wire.fault = lambda request, reply: reply
    device.rotate_key()
    assert waiting is not None
    assert public(device) == waiting.public_key().public_bytes_raw()


def test_a_key_that_the_service_never_heard_of_disturbs_nobody() -> None:
    device = enrolled_device()
    device.wire.fault = lambda request, reply: (
        (503, {}, b"") if request.url.endswith("/device/v1/key") else reply
    )
    with pytest.raises(ServiceUnreachable):
        device.rotate_key()
    device.wire.fault = lambda request, reply: reply
    device.boot().visit()
    assert public(device) == known(device)


def operations() -> int:
    device = enrolled_device()
    before = device.storage.operations
    device.rotate_key()
    return device.storage.operations - before


@pytest.mark.parametrize("loss", list(Loss))
@pytest.mark.parametrize("torn", [-1, 0, 7, None])
def test_the_power_is_cut_at_every_operation(loss: Loss, torn: int | None) -> None:
    count = operations()
    assert count >= 10
    for at in range(count):
        for seed in range(3):
            device = enrolled_device()
            device.storage.cut = Cut(device.storage.operations + at, torn)
            with pytest.raises(PowerCut):
                device.rotate_key()
            device.storage = device.storage.after_power_cut(loss, seed)
            require_recovered(device)


def require_recovered(device: SimDevice) -> None:
    """It visits, and once more its key is replaced, by one that it did not have before."""
    device.boot().visit()
    before = known(device)
    device.rotate_key()
    device.boot().visit()
    assert public(device) == known(device)
    assert known(device) != before, "the second replacement changed nothing"


@pytest.mark.parametrize("again", ["rotate", "visit"])
def test_it_is_killed_and_then_the_power_is_cut(again: str) -> None:
    """A killed process leaves names that are seen and not synced; the next one must not trust
    them.
    """
    for at in range(operations()):
        killed = enrolled_device()
        killed.storage.cut = Cut(killed.storage.operations + at)
        with pytest.raises(PowerCut):
            killed.rotate_key()
        keys = dict(killed.service.keys)
        for cut, loss in product(range(SECOND_OPERATIONS), SECOND_LOSSES):
            killed.service.keys = dict(keys)
            device = replaced(killed, killed.storage.copy())
            device.storage.cut = Cut(cut)
            with suppress(PowerCut):
                device.rotate_key() if again == "rotate" else device.boot().visit()
            device.storage = device.storage.after_power_cut(loss, seed=cut)
            require_recovered(device)


def replaced(device: SimDevice, storage: SimStorage) -> SimDevice:
    """The device with another medium, and the same service."""
    made = SimDevice(device.service, config=device.config)
    made.storage = storage
    return made


def test_a_full_medium_takes_no_new_key_and_the_old_one_goes_on() -> None:
    device = enrolled_device()

    def full(number: int, operation: str, path: str) -> None:
        if operation == "append":
            raise StorageUnusable(f"{path}: No space left on device.")

    device.storage.fail = full
    with pytest.raises(StorageUnusable):
        device.rotate_key()
    device.storage.fail = lambda number, operation, path: None
    device.boot().visit()


def test_a_medium_that_fails_after_the_service_has_agreed_costs_nothing() -> None:
    device = enrolled_device()
    before = public(device)

    def failing(number: int, operation: str, path: str) -> None:
        if path.startswith(KEY_FILE):
            raise StorageUnusable(f"{path}: Input/output error.")

    device.storage.fail = failing
    device.rotate_key()
    assert public(device) == before
    device.boot().visit()
    device.storage.fail = lambda number, operation, path: None
    device.boot().visit()
    assert public(device) == known(device)
    assert device.storage.read(NEXT_KEY_FILE, limit=99) is None


def test_a_device_whose_key_was_revoked_joins_with_a_new_one() -> None:
    device = enrolled_device()
    before = public(device)
    device.service.keys.clear()
    device.service.codes.add(CODE)
    device.enrol(new_key=True)
    assert public(device) == known(device) != before
    device.boot().visit()


def test_a_session_tells_run_and_count_of_starts() -> None:
    device = enrolled_device()
    told: list[bytes | None] = []

    def listening(request: Request, reply: Reply) -> Reply:
        told.append(request.body)
        return reply

    device.wire.fault = listening
    device.boot().visit()
    device.boot().visit()
    asked = [body for body in told if body and b'"instance"' in body]
    assert len(asked) == 2
    assert b'"boot_id": 1' in asked[0]
    assert b'"boot_id": 2' in asked[1]
    assert asked[0].split(b'"instance": ')[1][:18] != asked[1].split(b'"instance": ')[1][:18]
