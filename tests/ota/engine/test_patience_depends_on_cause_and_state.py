"""Pauses grow, causes have rules of their own, states have their time, and windows stop clocks."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ota.engine.patience import may_retry, overdue, retry_at, timeout
from ota.engine.rules import RetryRule, StateTimeout, WaveRule
from ota.engine.states import AssignmentState, FailureCause, Kind, RolloutState
from ota.engine.transitions import AssignmentStep
from ota.engine.view import Flight, Miss
from tests.ota.engine.worlds import finish_wave, rules, running
from tests.simulators.engine_world import START

A = AssignmentState
BACKOFF = rules(attempts=5, retry_seconds=60, retry_factor=4, retry_max_seconds=1000)


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 60), (2, 240), (3, 960), (4, 1000)])
def test_the_pause_grows_up_to_the_longest(attempt: int, seconds: int) -> None:
    miss = Miss(1, Kind.UPDATE, attempt, START)
    assert retry_at(BACKOFF, miss) == START + timedelta(seconds=seconds)


def test_a_cause_has_attempts_and_a_pause_of_its_own() -> None:
    own = replace(
        BACKOFF, retries=(RetryRule(FailureCause.VERIFY, 1), RetryRule(FailureCause.DOWNLOAD, 9, 5))
    )
    verify = Miss(1, Kind.UPDATE, 1, START, FailureCause.VERIFY)
    download = Miss(1, Kind.UPDATE, 8, START, FailureCause.DOWNLOAD)
    assert not may_retry(own, verify)
    assert may_retry(own, replace(verify, cause=FailureCause.INSTALL))
    assert may_retry(own, download)
    assert retry_at(own, replace(download, attempt=1)) == START + timedelta(seconds=5)
    # The way back is not a matter of the update's causes.
    assert may_retry(own, replace(verify, kind=Kind.ROLLBACK))


def test_a_device_whose_cause_is_hopeless_is_not_waited_for() -> None:
    world = running(
        5,
        waves=(WaveRule(100),),
        failures=(),
        success_percent=80,
        soak_seconds=0,
        attempts=3,
        retries=(RetryRule(FailureCause.INSTALL, 1),),
        max_in_flight=5,
    )
    world.tick(2)
    world.sign()
    world.step(0, AssignmentStep.FAIL, FailureCause.INSTALL)
    finish_wave(world)
    assert world.state is RolloutState.DONE
    assert sum(part.device == 0 for part in world.parts) == 1


def test_states_have_their_own_time() -> None:
    own = rules(timeouts=(StateTimeout(A.DOWNLOADING, 7200), StateTimeout(A.OFFERED, 60)))
    assert timeout(own, A.DOWNLOADING) == 7200
    assert timeout(own, A.INSTALLING) == own.install_seconds
    flight = Flight(1, Kind.UPDATE, A.DOWNLOADING, START)
    assert overdue(own, flight, START + timedelta(hours=1)) is None
    assert overdue(own, flight, START + timedelta(hours=2)) is FailureCause.TIMEOUT
    offered = replace(flight, state=A.OFFERED)
    assert overdue(own, offered, START + timedelta(minutes=1)) is FailureCause.NO_CONTACT


def test_waiting_for_a_window_is_no_silence() -> None:
    flight = Flight(1, Kind.UPDATE, A.DOWNLOADED, START, held_seconds=3600)
    late = START + timedelta(seconds=3600 + rules().install_seconds)
    assert overdue(rules(), flight, late - timedelta(seconds=1)) is None
    assert overdue(rules(), flight, late) is FailureCause.TIMEOUT
