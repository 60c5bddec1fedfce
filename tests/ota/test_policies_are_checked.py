"""Policies: the four that come with the service, a user's changes, and every wrong member."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.errors import Refused
from ota.engine.rules import OnFailure
from ota.engine.states import FailureCause
from ota.rollouts import policy

GOOD = {"waves": [{"share_percent": 100}]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = st.sampled_from([*policy.RANGES, "waves", "failures", "gates", "on_failure", "x"])


def test_four_come_with_the_service() -> None:
    assert policy.names() == ("all-at-once", "canary", "security", "steady")
    for name in policy.names():
        rules = policy.parse(policy.named(name))
        assert rules.waves[-1].share_percent == 100


def test_the_canary_is_judged_by_telemetry_and_goes_back() -> None:
    rules = policy.parse(policy.resolve(None, None))
    assert rules.gates == ("telemetry",)
    assert rules.on_failure is OnFailure.ROLL_BACK
    assert [w.share_percent for w in rules.waves] == [5, 25, 100]


def test_a_users_members_win() -> None:
    document = policy.resolve("steady", {"max_in_flight": 7, "gates": []})
    assert (document["max_in_flight"], document["gates"], document["attempts"]) == (7, [], 3)
    assert document["name"] == "steady"


def test_what_is_stored_reads_back_the_same() -> None:
    for name in policy.names():
        rules = policy.parse(policy.resolve(name, None))
        assert policy.parse(policy.dump(rules)) == rules


def test_causes_have_names() -> None:
    rule = {"cause": "trial", "percent": 0, "min_sample": 1}
    rules = policy.parse({**GOOD, "failures": [rule, {"percent": 5, "min_sample": 9}]})
    assert [f.cause for f in rules.failures] == [FailureCause.TRIAL, None]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"waves": []}, "end at 100"),
        ({"waves": [{"share_percent": 50}]}, "end at 100"),
        ({"waves": [{"share_percent": 100}, {"share_percent": 100}]}, "rising"),
        ({"waves": "all"}, "'waves' must be a list of objects"),
        ({"waves": [{"size": 3}]}, "'waves' has no member 'size'"),
        ({"waves": [{}]}, "Every wave needs a 'share_percent'"),
        ({"waves": [{"share_percent": i} for i in range(1, 60)]}, "at most 50"),
        ({"speed": 9}, "'policy' has no member 'speed'"),
        ({"max_in_flight": 0}, "'max_in_flight' must be a whole number from 1"),
        ({"max_in_flight": True}, "whole number"),
        ({"soak_seconds": 1.5}, "whole number"),
        ({"success_percent": 101}, "from 1 to 100"),
        ({"failures": [{"percent": 5}]}, "needs 'percent' and 'min_sample'"),
        ({"failures": [{"percent": 5, "min_sample": 1, "cause": "mood"}]}, "failures.cause"),
        ({"gates": ["astrology"]}, "'gates' must be a list of gates: telemetry"),
        ({"gates": "telemetry"}, "'gates' must be a list"),
        ({"on_failure": "pray"}, "'on_failure' must be one of pause, roll_back"),
        ({"description": 5}, "'description' must be a text"),
    ],
)
def test_a_wrong_member_is_named(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        policy.resolve("canary", change)


def test_an_unknown_name_lists_those_that_exist() -> None:
    with pytest.raises(Refused, match="there are all-at-once, canary, security, steady"):
        policy.resolve("yolo", None)


@given(st.dictionaries(KEYS, JSON, max_size=4))
def test_only_refusals_come_out(document: dict[str, Any]) -> None:
    with suppress(Refused):
        assert policy.parse(policy.resolve("canary", document)).waves[-1].share_percent == 100
