"""Too many failures stop the rollout: strictly more than allowed, after enough devices finished."""

import pytest

from ota.engine.judge import failure_reason, shortfall_reason, updated_enough
from ota.engine.rules import FailureRule, OnFailure, WaveRule
from ota.engine.states import AssignmentState, FailureCause, RolloutState, WaveState
from ota.engine.transitions import RolloutStep
from ota.engine.view import Tally
from tests.ota.engine.worlds import finish_wave, rules, running

ONE_WAVE = (WaveRule(100),)


def judge(tally: Tally, **rule: object) -> str | None:
    given = {"percent": 20, "min_sample": 5, **rule}
    return failure_reason(tally, rules(failures=(FailureRule(**given),)))  # type: ignore[arg-type]


def test_exactly_the_allowed_share_is_allowed() -> None:
    assert judge(Tally(succeeded=8, failed={FailureCause.INSTALL: 2})) is None


def test_one_more_is_not() -> None:
    sentence = judge(Tally(succeeded=7, failed={FailureCause.INSTALL: 3}))
    assert sentence == "failure: 3 of 10 finished devices, more than 20 % allowed"


def test_it_waits_for_the_sample() -> None:
    assert judge(Tally(planned=10, succeeded=2, failed={FailureCause.INSTALL: 2})) is None


def test_a_wave_smaller_than_the_sample_is_judged_on_all_of_it() -> None:
    assert judge(Tally(failed={FailureCause.INSTALL: 1}))


def test_a_rule_may_name_its_cause() -> None:
    tally = Tally(succeeded=5, failed={FailureCause.INSTALL: 4, FailureCause.TRIAL: 1})
    assert judge(tally, cause=FailureCause.TRIAL, percent=0) == (
        "trial: 1 of 10 finished devices, more than 0 % allowed"
    )
    assert judge(tally, cause=FailureCause.DOWNLOAD, percent=0) is None


def test_silence_is_not_blamed_on_the_release() -> None:
    assert judge(Tally(succeeded=5, failed={FailureCause.NO_CONTACT: 50})) is None


def test_but_a_rule_may_ask_for_it() -> None:
    tally = Tally(succeeded=5, failed={FailureCause.NO_CONTACT: 5})
    assert judge(tally, cause=FailureCause.NO_CONTACT) == (
        "no contact: 5 of 10 finished devices, more than 20 % allowed"
    )


@pytest.mark.parametrize(
    ("action", "state"),
    [(OnFailure.PAUSE, RolloutState.PAUSED), (OnFailure.ROLL_BACK, RolloutState.ROLLING_BACK)],
)
def test_the_policy_says_what_then(action: OnFailure, state: RolloutState) -> None:
    world = running(on_failure=action)
    world.tick(rounds=2)
    world.install(fail=frozenset({0, 1}))
    world.tick()
    assert world.waves[0] is WaveState.FAILED
    assert world.state is state
    assert world.reason == "wave 1: failure: 2 of 2 finished devices, more than 20 % allowed"


def test_nobody_new_is_assigned_in_the_decision_that_stops() -> None:
    world = running(waves=ONE_WAVE)
    world.tick(rounds=2)
    world.install(fail=frozenset({0, 1, 2}))
    world.tick(rounds=3)
    assert world.states().count(AssignmentState.PLANNED) == 16


def test_a_threshold_out_of_reach_stops_too() -> None:
    tally = Tally(planned=1, succeeded=8, failed={FailureCause.INSTALL: 1})
    assert shortfall_reason(tally, rules(success_percent=95)) == (
        "at most 9 of 10 devices can still succeed, 95 % needed"
    )
    assert shortfall_reason(tally, rules(success_percent=90)) is None


def test_an_unreachable_wave_is_neither_updated_nor_failed() -> None:
    silent = Tally(failed={FailureCause.NO_CONTACT: 3})
    assert not updated_enough(silent, rules())
    assert failure_reason(silent, rules()) is None
    assert shortfall_reason(silent, rules()) is None


def test_resume_forgives_what_was_judged() -> None:
    world = running(waves=ONE_WAVE)
    world.tick(rounds=2)
    world.install(fail=frozenset({0, 1}))
    world.tick()
    assert world.reason.startswith("wave 1: failure")
    world.wait(1)
    world.operate(RolloutStep.RESUME)
    finish_wave(world)
    world.wait(60)
    world.tick(rounds=3)
    assert world.state is RolloutState.DONE
