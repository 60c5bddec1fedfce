"""The way of an update: offered, fetched, written, proven, switched, confirmed, told."""

import hashlib

from device_agent.protocol.ddi import Execution, Finished, Handling
from device_agent.state.record import UpdatePhase
from tests.device_agent.simulators.bundles import WRONG, bundle_of
from tests.device_agent.simulators.device import enrolled_device


def test_the_first_model_is_installed_and_told() -> None:
    device = enrolled_device()
    action = device.service.publish("1.0", bundle_of("1.0"))
    agent = device.boot()
    device.update(agent)
    assert action.state == "success"
    assert agent.state.active == "a"
    assert device.service.attributes["version"] == "1.0"
    assert device.service.attributes["sha256"] == hashlib.sha256(action.bundle).hexdigest()


def test_progress_is_told_in_order() -> None:
    device = enrolled_device()
    action = device.service.publish("1.0", bundle_of("1.0"))
    device.update(device.boot())
    assert [told.execution for told in action.feedback] == [
        Execution.PROCEEDING,
        Execution.DOWNLOAD,
        Execution.DOWNLOADED,
        Execution.PROCEEDING,
        Execution.PROCEEDING,
        Execution.PROCEEDING,
        Execution.CLOSED,
    ]


def test_the_second_goes_into_the_other_slot_and_the_first_stays() -> None:
    device = enrolled_device()
    agent = device.boot()
    for version in ("1.0", "2.0"):
        device.service.publish(version, bundle_of(version))
        device.update(agent)
    assert agent.state.active == "b"
    assert {s: held.version for s, held in agent.state.slots.items()} == {"a": "1.0", "b": "2.0"}


def test_going_back_needs_no_download() -> None:
    device = enrolled_device()
    agent = device.boot()
    first = bundle_of("1.0")
    for version, bundle in (("1.0", first), ("2.0", bundle_of("2.0"))):
        device.service.publish(version, bundle)
        device.update(agent)
    device.service.requests.clear()
    back = device.service.publish("1.0", first)
    device.update(agent)
    assert back.state == "success"
    assert agent.state.slots[agent.state.active].version == "1.0"  # type: ignore[index]
    assert not [path for _, path in device.service.requests if "artifacts" in path]


def test_what_already_runs_is_told_at_once() -> None:
    device = enrolled_device()
    agent = device.boot()
    bundle = bundle_of("1.0")
    device.service.publish("1.0", bundle)
    device.update(agent)
    again = device.service.publish("1.0", bundle)
    agent.visit()
    assert again.state == "success"
    assert again.feedback[-1].details == ("Already running it.",)
    assert agent.state.floor == 2


def test_a_model_that_answers_wrong_is_never_switched_to() -> None:
    device = enrolled_device()
    agent = device.boot()
    device.service.publish("1.0", bundle_of("1.0"))
    device.update(agent)
    bad = device.service.publish("2.0", bundle_of("2.0", library=WRONG))
    device.update(agent)
    assert bad.state == "failure"
    assert "Golden vector 0" in bad.feedback[-1].details[0]
    assert agent.state.slots[agent.state.active].version == "1.0"  # type: ignore[index]
    assert agent.state.phase is UpdatePhase.IDLE


def test_a_digest_that_failed_is_not_tried_again() -> None:
    device = enrolled_device()
    agent = device.boot()
    bundle = bundle_of("2.0", library=WRONG)
    device.service.publish("2.0", bundle)
    device.update(agent)
    device.service.requests.clear()
    again = device.service.publish("2.0", bundle)
    device.update(agent)
    assert again.state == "failure"
    assert "has failed here before" in again.feedback[-1].details[0]
    assert not [path for _, path in device.service.requests if "artifacts" in path]


def test_download_only_stops_before_the_slot() -> None:
    device = enrolled_device()
    agent = device.boot()
    action = device.service.publish("1.0", bundle_of("1.0"))
    action.update = Handling.SKIP
    device.update(agent)
    assert action.feedback[-1].execution is Execution.DOWNLOADED
    assert agent.state.active is None
    action.update = Handling.FORCED
    device.update(agent)
    assert action.state == "success"
    assert len([path for _, path in device.service.requests if "artifacts" in path]) == 1


def test_a_newer_offer_supersedes_one_that_is_under_way() -> None:
    device = enrolled_device()
    agent = device.boot()
    first = device.service.publish("1.0", bundle_of("1.0"))
    first.update = Handling.SKIP
    agent.visit()
    first.state = "canceled"
    second = device.service.publish("2.0", bundle_of("2.0"))
    device.update(agent)
    assert second.state == "success"
    assert agent.state.slots[agent.state.active].version == "2.0"  # type: ignore[index]


def test_an_outcome_is_told_until_it_is_heard_and_only_once_after() -> None:
    device = enrolled_device()
    agent = device.boot()
    action = device.service.publish("1.0", bundle_of("1.0"))
    agent.visit()
    agent.check_trial()
    assert [told.finished for told in action.terminal] == []
    agent = device.boot()
    agent.visit()
    agent.visit()
    assert [told.finished for told in action.terminal] == [Finished.SUCCESS]
