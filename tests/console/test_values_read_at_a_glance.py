"""Sizes, shares, ages and states as people read them."""

from datetime import timedelta

import pytest

from fleet.console.templatetags import ui
from fleet.lib import clock
from ota.engine.states import AssignmentState, RolloutState, WaveState


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, "-"), (0, "0 B"), (9_999, "9,999 B"), (20_480, "20.0 KiB"), (50 * 2**20, "50.0 MiB")],
)
def test_bytes(count: int | None, text: str) -> None:
    assert ui.size(count) == text


def test_numbers_and_shares() -> None:
    assert ui.thousands(5_400_000) == "5,400,000"
    assert ui.thousands(None) == ui.percent(None) == "-"
    assert ui.percent(0.9731) == "97.3 %"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s ago"),
        (9, "9 s ago"),
        (61, "1 min ago"),
        (7_300, "2 h ago"),
        (200_000, "2 d ago"),
    ],
)
def test_ages(seconds: int, text: str) -> None:
    now = clock.now()
    with clock.fixed(now):
        assert ui.ago(now - timedelta(seconds=seconds)) == text
        assert ui.ago(None) == "never"


def test_good_and_bad_states_look_different() -> None:
    assert ui.look("succeeded") == "good"
    assert ui.look("failed") == "bad"
    assert ui.look("paused") == "warn"
    assert 'class="ef-pill busy"' in ui.pill("running")


@pytest.mark.parametrize("state", [*RolloutState, *WaveState, *AssignmentState])
def test_every_state_of_a_rollout_has_a_colour(state: str) -> None:
    assert ui.look(state) != ""


def test_a_state_cannot_become_markup() -> None:
    assert "<b>" not in ui.pill("<b>")
