"""The one form of a rule: JSON with short texts, read back as it was written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.telemetry.alerts.rule import BOUNDS, TERMS, MuteWindow, Rule, RuleAction
from fleet.telemetry.alerts.written import BadRule, parse_action, parse_mute, rule_of, terms_of
from tests.fleet.telemetry.alerts.factories import hours

MUTES = st.builds(
    lambda days, begins, length: MuteWindow(
        tuple(sorted(days)), begins, (begins + length) % (24 * 60)
    ),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 24 * 60 - 1),
    st.integers(1, 24 * 60 - 1),
)
ACTIONS = st.sampled_from(
    [RuleAction("pause_rollout"), RuleAction("email", "dst_1"), RuleAction("webhook", "dst_2")]
)
RULES = st.builds(
    Rule,
    models=st.lists(st.sampled_from(["a", "b"]), unique=True).map(tuple),
    quorum_devices=st.integers(1, 100),
    fdr_q=st.floats(0, 1),
    mute=st.lists(MUTES, max_size=3).map(tuple),
    actions=st.lists(ACTIONS, max_size=3, unique=True).map(tuple),
)


@given(RULES)
def test_what_is_written_is_read_back(rule: Rule) -> None:
    terms = terms_of(rule)
    assert tuple(terms) == TERMS
    assert rule_of(terms) == rule


def test_every_field_that_alert_rules_are_known_for_is_there() -> None:
    wanted = {
        "versions groups devices labels models",  # scope
        "signals tests reference window_hours samples_min smallest_change psi_min fdr_q",
        "start_minutes end_minutes cooldown_minutes severity actions mute runbook",
    }
    assert set(" ".join(wanted).split()) <= set(TERMS)


def test_a_night_lasts_past_midnight() -> None:
    night = parse_mute("mon 22:00-06:00")
    monday_noon = hours(0)
    assert monday_noon.weekday() == 0
    assert [night.holds(hours(each)) for each in (0, 10, 17.9, 18, 34)] == [
        False,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "text", ["", "mon", "mon 25:00-26:00", "xyz 10:00-11:00", "mon 10:00-10:00", "mon 00:00-24:00"]
)
def test_a_window_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(BadRule, match="mute"):
        parse_mute(text)


@pytest.mark.parametrize("text", ["", "a b", "email:", "EMAIL:dst_1", "email:dst_1:x"])
def test_an_action_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(BadRule, match="actions"):
        parse_action(text)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((name, low - 1) for name, (low, _) in BOUNDS.items()),
        *((name, high + 1) for name, (_, high) in BOUNDS.items()),
        *((name, "1") for name in BOUNDS),
        ("quorum_devices", True),
        ("window_hours", float("nan")),
        ("models", "digits"),
        ("models", ["x"] * 51),
        ("levels", ["planet"]),
        ("severity", "fatal"),
        ("labels", 1),
        ("nonsense", 1),
    ],
)
def test_a_field_out_of_its_bounds_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(BadRule, match=field):
        rule_of({field: value})
