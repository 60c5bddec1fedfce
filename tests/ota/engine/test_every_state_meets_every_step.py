"""The tables are complete: each pair either moves to a state or is refused with a sentence."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import product
from typing import Any

import pytest

from ota.engine import states, transitions
from ota.engine.transitions import IllegalTransition, advance

MACHINES: list[tuple[Mapping[tuple[Any, Any], Any], Any, Any]] = [
    (transitions.ROLLOUT, states.RolloutState, transitions.RolloutStep),
    (transitions.WAVE, states.WaveState, transitions.WaveStep),
    (transitions.ASSIGNMENT, states.AssignmentState, transitions.AssignmentStep),
    (transitions.RELEASE, states.ReleaseState, transitions.ReleaseStep),
]
# What a device may say once its part has ended, and is believed: only what it runs.
A = states.AssignmentState
WORDS_AFTER_THE_END: dict[states.AssignmentState, set[states.AssignmentState]] = {
    A.TIMED_OUT: {A.SUCCEEDED, A.FAILED},
    A.SKIPPED: {A.SUCCEEDED},
    A.SUCCEEDED: {A.FAILED},  # it fell back by itself
}
PAIRS = [(table, s, e) for table, kinds, steps in MACHINES for s, e in product(kinds, steps)]


@pytest.mark.parametrize(("table", "state", "step"), PAIRS)
def test_a_pair_moves_or_is_refused(
    table: Mapping[tuple[Any, Any], Any], state: StrEnum, step: StrEnum
) -> None:
    if (state, step) in table:
        assert isinstance(advance(table, state, step), type(state))
    else:
        with pytest.raises(IllegalTransition, match=f"not possible in state {state.value}"):
            advance(table, state, step)


@pytest.mark.parametrize("state", sorted(s.value for s in states.FINISHED))
def test_a_finished_part_stays_finished(state: str) -> None:
    out = {
        to for (at, _), to in transitions.ASSIGNMENT.items() if at is states.AssignmentState(state)
    }
    assert out == WORDS_AFTER_THE_END.get(states.AssignmentState(state), set())


def test_every_state_can_be_reached() -> None:
    starts = {"draft", "pending", "planned"}
    for table, kinds, _ in MACHINES:
        reached = {str(to) for to in table.values()}
        assert {str(k) for k in kinds} - reached <= starts


def test_nothing_leaves_rolled_back_or_revoked() -> None:
    assert not [s for s, _ in transitions.ROLLOUT if s is states.RolloutState.ROLLED_BACK]
    assert not [s for s, _ in transitions.RELEASE if s is states.ReleaseState.REVOKED]


def test_the_engine_alone_never_reopens_a_failed_wave() -> None:
    ways = [step for at, step in transitions.WAVE if at is states.WaveState.FAILED]
    assert ways == [transitions.WaveStep.RETRY]
