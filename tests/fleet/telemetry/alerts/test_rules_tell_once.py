"""When a rule tells: scope, quorum, delays, cool-down, mute windows. Pure."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.telemetry.alerts.backtest import retell
from fleet.telemetry.alerts.rule import Rule, Scope
from fleet.telemetry.alerts.sighting import Sighting, unlike
from tests.fleet.telemetry.alerts.factories import hours, rule, sighting

ALL = Scope()
LOOKS = [hours(each) for each in range(100)]


def told(made: Rule, *seen: Sighting, scope: Scope = ALL) -> list[tuple[datetime, str]]:
    return [(at, each.cause) for at, each in retell(made, scope, seen, LOOKS).told]


def test_a_plain_rule_tells_each_finding_once() -> None:
    found = told(rule(cooldown_minutes=0), sighting(3), sighting(5, cause="dev_2"))
    assert found == [(hours(3), "dev_1"), (hours(5), "dev_2")]


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"models": ["other"]}, "another model"),
        ({"versions": ["ver_2"]}, "another version"),
        ({"levels": ["label"]}, "the level device"),
        ({"tests": ["votes"]}, "the test shift"),
        ({"reference": "version"}, "another reference"),
        ({"signals": ["class *"]}, "another signal"),
        ({"least_severity": "critical"}, "less severe"),
        ({"samples_min": 501}, "too few samples"),
        ({"smallest_change": 0.9}, "a smaller change"),
    ],
)
def test_each_field_keeps_a_finding_back_with_its_reason(terms: Any, words: str) -> None:
    assert unlike(rule(**terms), sighting(), ALL) == words
    kept = retell(rule(**terms), ALL, [sighting()], LOOKS).kept
    assert list(kept.values()) == [words]


def test_the_reference_s_own_fields() -> None:
    seen = sighting(test="reference", psi=0.3, p=0.01)
    assert unlike(rule(psi_min=0.4), seen, ALL) == "a smaller PSI"
    assert unlike(rule(fdr_q=0.001), seen, ALL) == "not significant enough"
    assert unlike(rule(psi_min=0.3, fdr_q=0.01, reference="version"), seen, ALL) == ""


def test_what_a_detector_does_not_measure_is_not_held_against_it() -> None:
    seen = sighting(samples=None, effect_sd=None)
    assert unlike(rule(samples_min=10**6, smallest_change=5, psi_min=1, fdr_q=0), seen, ALL) == ""


def test_devices_out_of_the_scope_are_none_of_its_business() -> None:
    assert told(rule(), sighting(), scope=Scope(frozenset({"dev_2"}))) == []
    assert told(rule(), sighting(), scope=Scope(frozenset({"dev_1"}))) == [(hours(0), "dev_1")]


def test_a_quorum_is_of_distinct_devices_in_the_window() -> None:
    made = rule(quorum_devices=2, window_hours=10)
    second = sighting(8, cause="dev_2", devices=("dev_2",))
    assert told(made, sighting(0), second) == [(hours(8), "dev_1"), (hours(9), "dev_2")]
    assert told(made, sighting(0, 1), sighting(20, cause="dev_2", devices=("dev_2",))) == []
    again = sighting(8, cause="lot=B7", devices=("dev_1",))
    assert told(made, sighting(0), again) == []


def test_the_start_delay_waits_for_what_lasts() -> None:
    made = rule(start_minutes=180)
    assert told(made, sighting(0, 2)) == []
    assert told(made, sighting(0)) == [(hours(3), "dev_1")]


def test_the_end_delay_joins_what_flaps() -> None:
    made = rule(end_minutes=300, cooldown_minutes=0)
    assert told(made, sighting(0, 2), sighting(4, 6)) == [(hours(0), "dev_1")]
    assert told(made, sighting(0, 2), sighting(30, 32)) == [
        (hours(0), "dev_1"),
        (hours(30), "dev_1"),
    ]


def test_the_cool_down_delays_and_loses_nothing() -> None:
    found = told(rule(cooldown_minutes=600), sighting(0), sighting(1, cause="dev_2"))
    assert found == [(hours(0), "dev_1"), (hours(10), "dev_2")]


def test_a_mute_window_delays_what_lasts_and_forgets_what_does_not() -> None:
    made = rule(mute=["daily 12:00-18:00"])
    assert told(made, sighting(0)) == [(hours(6), "dev_1")]
    assert told(made, sighting(0, 3)) == []


@given(
    st.lists(st.tuples(st.integers(0, 80), st.integers(1, 20), st.integers(1, 4)), max_size=8),
    st.integers(0, 300),
    st.integers(0, 300),
)
def test_a_finding_that_lasts_is_never_told_twice(
    spans: list[tuple[int, int, int]], start: int, cooldown: int
) -> None:
    seen = [
        sighting(begin, begin + length, cause=f"dev_{name}", devices=(f"dev_{name}",))
        for begin, length, name in spans
    ]
    found = told(rule(start_minutes=start, cooldown_minutes=cooldown, end_minutes=0), *seen)
    times = [at for at, _ in found]
    gaps = [(later - at).total_seconds() / 60 for at, later in pairwise(times)]
    assert all(gap >= cooldown for gap in gaps)
    assert len(found) <= len(seen)
