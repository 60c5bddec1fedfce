import pytest

from fleet.lib.jobs.lease import ACTIVE, MOVES, TERMINAL, JobState


@pytest.mark.parametrize("state", JobState)
def test_every_state_is_active_or_final(state: JobState) -> None:
    assert (state in ACTIVE) != (state in TERMINAL)


def test_no_move_leaves_a_final_state() -> None:
    assert not {state for state, _ in MOVES} & TERMINAL


def test_every_state_can_be_reached() -> None:
    assert {JobState.QUEUED, *MOVES.values()} == set(JobState)


@pytest.mark.parametrize("state", sorted(ACTIVE))
def test_every_active_state_has_a_way_to_an_end(state: JobState) -> None:
    assert MOVES[state, "give_up"] in TERMINAL
