"""Sizes, shares, ages and states as people read them."""

from datetime import timedelta
from typing import Any

import pytest

from fleet.console.templatetags import ui
from fleet.lib import clock
from ota.engine.states import AssignmentState, RolloutState, WaveState


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "-"),
        ("", "-"),
        (0, "0 B"),
        (9_999, "9,999 B"),
        (20_480, "20.0 KiB"),
        (50 * 2**20, "50.0 MiB"),
    ],
)
def test_bytes(count: Any, text: str) -> None:
    assert ui.size(count) == text


def test_numbers_and_shares() -> None:
    assert ui.thousands(5_400_000) == "5,400,000"
    assert ui.thousands(None) == ui.thousands("") == ui.percent(None) == "-"
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


@pytest.mark.parametrize(
    ("p", "text"),
    [(None, "-"), (0.0, "below 1e-12"), (0.2867, "0.287"), (0.0004, "0.0004"), (1.2e-9, "1e-09")],
)
def test_chances(p: float | None, text: str) -> None:
    assert ui.chance(p) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (True, "yes"),
        (0.96812, "0.9681"),
        (2026, "2026"),
        (97_713, "97,713"),
        ({"mean_abs_error": 0.5, "of": [1, 2]}, "mean abs error 0.5, of 1, 2"),
        ("camera", "camera"),
    ],
)
def test_plain_values(value: object, text: str) -> None:
    assert ui.plain(value) == text


def test_steps_carry_their_sign() -> None:
    assert [ui.step(4), ui.step(-0.5), ui.step(None)] == ["+4", "-0.5", ""]


def test_digests_are_short_and_whole_on_hovering() -> None:
    assert ui.short("ab" * 32) == f'<code title="{"ab" * 32}">abababababab…</code>'
    assert ui.short("none") == '<code title="none">none</code>'


def test_long_reasons_are_folded_after_their_first_clause() -> None:
    long = "; ".join(["mean left its <reference>: PSI 9"] * 6)
    assert "<summary>5 more</summary>" in ui.folded(long)
    assert "<reference>" not in ui.folded(long)
    assert ui.folded("short; and sweet") == "short; and sweet"
