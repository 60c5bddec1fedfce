"""A device with a TUF root installs only what director, builder and repository say alike."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from device_agent.identity.keys import load_enrolment
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.device import SimDevice
from tests.device_agent.simulators.service import ISSUED_AT, Action, SimService

YEAR = 365 * 86_400


def device_with_root() -> SimDevice:
    service = SimService()
    service.tuf_root = b'{"signed": "what the device was given at enrolment"}'
    device = SimDevice(service)
    device.enrol()
    return device


def described(device: SimDevice, action: Action, **changes: object) -> None:
    path = action.told.tuf_path
    found = device.service.described[path]
    device.service.described[path] = replace(found, **changes)  # type: ignore[arg-type]


def refusal(device: SimDevice, action: Action) -> str:
    device.update(device.boot())
    assert action.state == "failure"
    return action.feedback[-1].details[0]


def test_the_root_is_kept_from_the_enrolment() -> None:
    device = device_with_root()
    assert load_enrolment(device.storage).embedded_root == device.service.tuf_root


def test_what_all_three_say_is_installed() -> None:
    device = device_with_root()
    action = device.service.publish("1.0", bundle_of("1.0"))
    agent = device.boot()
    device.update(agent)
    assert action.state == "success"
    assert agent.state.security == {"digits": 1}


@pytest.mark.parametrize(
    ("changes", "claim"),
    [
        ({"sha256": "00" * 32}, "sha256"),
        ({"length": 1}, "length"),
        ({"model": "other"}, "model"),
        ({"version": "0.9"}, "version"),
        ({"target": "linux-aarch64"}, "target"),
        ({"abi": "ef0"}, "ABI"),
        ({"kind": "image"}, "kind"),
    ],
)
def test_each_disagreement_is_refused_by_name(changes: dict[str, object], claim: str) -> None:
    device = device_with_root()
    action = device.service.publish("1.0", bundle_of("1.0"))
    described(device, action, **changes)
    assert refusal(device, action).startswith(
        f"verify: Instruction and repository disagree on {claim}"
    )


def unnamed(device: SimDevice, action: Action) -> None:
    action.told = replace(action.told, tuf_path="")


def unknown(device: SimDevice, action: Action) -> None:
    device.service.described.clear()


def no_link(device: SimDevice, action: Action) -> None:
    root, device.service.tuf_root = device.service.tuf_root, b""
    assert root


@pytest.mark.parametrize("attack", [unnamed, unknown, no_link])
def test_leaving_the_repository_out_is_no_way_around_it(
    attack: Callable[[SimDevice, Action], None],
) -> None:
    device = device_with_root()
    action = device.service.publish("1.0", bundle_of("1.0"))
    attack(device, action)
    assert refusal(device, action).startswith("verify:")


def test_nothing_is_downloaded_before_the_repository_agrees() -> None:
    device = device_with_root()
    action = device.service.publish("1.0", bundle_of("1.0"))
    described(device, action, length=1)
    refusal(device, action)
    assert not [path for _, path in device.service.requests if "artifacts" in path]


def test_a_release_with_a_lower_security_counter_is_refused() -> None:
    device = device_with_root()
    agent = device.boot()
    for version, security in (("1.0", 3), ("2.0", 5)):
        device.service.security = security
        device.service.publish(version, bundle_of(version))
        device.update(agent)
    old = device.service.publish("3.0", bundle_of("3.0"))
    described(device, old, counter=4)
    device.update(agent)
    assert old.state == "failure"
    assert "security counter 4, this device has run 5" in old.feedback[-1].details[0]
    assert agent.state.security == {"digits": 5}


def test_going_back_is_possible_while_the_counter_was_not_raised() -> None:
    device = device_with_root()
    agent = device.boot()
    first = bundle_of("1.0")
    for version, bundle in (("1.0", first), ("2.0", bundle_of("2.0")), ("1.0", first)):
        action = device.service.publish(version, bundle)
        device.update(agent)
        assert action.state == "success"


def test_the_counter_is_raised_by_the_confirmation_and_not_before() -> None:
    device = device_with_root()
    device.service.security = 7
    device.service.publish("1.0", bundle_of("1.0"))
    agent = device.boot()
    agent.visit()
    assert agent.state.security == {}
    agent.check_trial()
    assert agent.state.security == {"digits": 7}


@pytest.mark.parametrize("wall", [0.0, ISSUED_AT + 14.0 * YEAR])
def test_the_repository_is_judged_by_a_time_that_signatures_make_believable(wall: float) -> None:
    device = device_with_root()
    device.clock.offset = wall - device.clock.now
    action = device.service.publish("1.0", bundle_of("1.0"))
    device.update(device.boot())
    assert action.state == "success"
    assert set(device.repository.asked_at) == {float(ISSUED_AT)}
