"""A silent device gives its slot back: never fetched is no contact, fetched is a timeout."""

from ota.engine.commands import Expire, Retry
from ota.engine.rules import WaveRule
from ota.engine.states import AssignmentState, FailureCause
from ota.engine.transitions import AssignmentStep
from tests.ota.engine.worlds import running

ONE_WAVE = (WaveRule(100),)


def test_an_offer_nobody_fetched_is_no_contact() -> None:
    world = running(devices=1)
    world.tick(rounds=2)
    world.sign()
    world.wait(599)
    assert world.tick() == ()
    world.wait(1)
    assert world.tick() == (Expire(0, FailureCause.NO_CONTACT),)


def test_an_installation_without_a_word_is_a_timeout() -> None:
    world = running(devices=1)
    world.tick(rounds=2)
    world.sign()
    world.step(0, AssignmentStep.PROCEED)
    world.wait(300)
    assert Expire(0, FailureCause.TIMEOUT) in world.tick()


def test_progress_puts_the_deadline_off() -> None:
    world = running(devices=1)
    world.tick(rounds=2)
    world.sign()
    world.step(0, AssignmentStep.PROCEED)
    world.wait(299)
    world.step(0, AssignmentStep.PROCEED)
    world.wait(299)
    assert world.tick() == ()


def test_our_own_slow_signature_is_not_the_devices_fault() -> None:
    world = running(devices=1)
    world.tick(rounds=2)
    world.wait(10_000_000)
    assert world.tick() == ()


def test_a_failed_device_is_tried_again_after_a_while() -> None:
    world = running(devices=4, waves=ONE_WAVE, attempts=2, retry_seconds=30)
    world.tick(rounds=2)
    world.sign()
    world.step(0, AssignmentStep.FAIL, FailureCause.DOWNLOAD)
    assert world.tick() == ()
    world.wait(30)
    assert world.tick() == (Retry(0),)
    world.tick()
    assert world.parts[4].state is AssignmentState.ASSIGNED


def test_a_late_success_is_believed() -> None:
    world = running(devices=1)
    world.tick(rounds=2)
    world.sign()
    world.step(0, AssignmentStep.PROCEED)
    world.wait(300)
    world.tick()
    world.step(0, AssignmentStep.SUCCEED)
    assert world.parts[0].state is AssignmentState.SUCCEEDED
