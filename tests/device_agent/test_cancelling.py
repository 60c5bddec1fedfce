"""A cancellation is obeyed before the point of no return and refused after it."""

import pytest

from device_agent.errors import ServiceUnreachable
from device_agent.state.record import UpdatePhase
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.device import enrolled_device


def test_before_anything_has_begun() -> None:
    device = enrolled_device()
    action = device.service.publish("1.0", bundle_of("1.0"))
    device.service.cancel(action)
    device.boot().visit()
    assert action.state == "canceled"


def test_while_the_download_is_under_way() -> None:
    device = enrolled_device()
    action = device.service.publish("1.0", bundle_of("1.0"))
    device.wire.cut_at = 1000
    with pytest.raises(ServiceUnreachable):
        device.boot().visit()
    device.service.cancel(action)
    agent = device.boot()
    agent.visit()
    assert action.state == "canceled"
    assert agent.state.phase is UpdatePhase.IDLE
    assert device.storage.size("download/bundle.part") is None


def test_after_the_switch_it_is_too_late() -> None:
    device = enrolled_device()
    action = device.service.publish("1.0", bundle_of("1.0"))
    agent = device.boot()
    agent.visit()
    assert agent.state.phase is UpdatePhase.TRIAL
    device.service.cancel(action)
    agent.visit()
    assert action.state == "offered"
    agent.check_trial()
    agent.visit()
    assert action.state == "success"


def test_an_action_that_has_ended_cannot_be_cancelled() -> None:
    device = enrolled_device()
    action = device.service.publish("1.0", bundle_of("1.0"))
    agent = device.boot()
    device.update(agent)
    device.service.cancel(action)
    agent.visit()
    assert agent.state.active is not None
    assert action.state == "offered"


def test_a_cancelled_update_can_be_offered_again() -> None:
    device = enrolled_device()
    bundle = bundle_of("1.0")
    action = device.service.publish("1.0", bundle)
    device.service.cancel(action)
    agent = device.boot()
    agent.visit()
    again = device.service.publish("1.0", bundle)
    device.update(agent)
    assert again.state == "success"
