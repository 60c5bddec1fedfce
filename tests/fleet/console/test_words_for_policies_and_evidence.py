"""Numbers become sentences: policies, evidence of incidents, labels."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.console.present.judgement.evidence import evidence_sentences
from fleet.console.present.labels import labels_of, text_of
from ota.engine.rules import Rules, WaveRule
from ota.planning.words import rule_sentences, span, wave_sentences
from ota.rollouts import policy

CANARY = policy.parse(policy.resolve("canary", None))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "no time"),
        (1, "1 second"),
        (90, "90 seconds"),
        (900, "15 minutes"),
        (86_400, "1 day"),
        (172_800, "2 days"),
    ],
)
def test_spans_of_time(seconds: int, words: str) -> None:
    assert span(seconds) == words


def test_waves_say_how_many_devices_they_take() -> None:
    first, second, third = wave_sentences(CANARY, 100)
    assert "Wave 1 updates 5 devices (5 of 100 in all), then watches them for 15 minutes" in first
    assert "20 devices" in second
    assert "75 devices, at most 50 at once (100 of 100 in all)" in third


def test_a_group_too_small_for_its_waves_is_told() -> None:
    assert "no device is left" in wave_sentences(CANARY, 1)[-1]


@given(st.integers(1, 10_000), st.sampled_from(policy.names()))
def test_every_wave_has_its_sentence(devices: int, name: str) -> None:
    rules = policy.parse(policy.resolve(name, None))
    assert len(wave_sentences(rules, devices)) == len(rules.waves)
    assert all(sentence.endswith(".") for sentence in rule_sentences(rules))


def test_what_happens_on_failure_is_told() -> None:
    told = " ".join(rule_sentences(CANARY))
    assert "gets back what it ran before" in told
    assert "the model's own metrics" in told
    plain = " ".join(rule_sentences(Rules(waves=(WaveRule(100),), failures=(), attempts=3)))
    assert "pauses and waits for a person" in plain
    assert "tried 3 times" in plain
    assert "metrics" not in plain


EVIDENCE: dict[str, Any] = {
    "samples": 4502,
    "device_count": 3,
    "judged_devices": 10,
    "findings": [
        {"name": "mean", "psi": 14.3, "drifted": True},
        {"name": "prediction", "psi": -0.01, "drifted": False},
    ],
    "enrichment": [
        {"label": "lot=B7", "drifted": 3, "members": 3, "drifted_elsewhere": 0, "others": 7},
        {"label": "lot=A4", "drifted": 0, "members": 5, "drifted_elsewhere": 3, "others": 5},
    ],
}


def test_evidence_in_words() -> None:
    moved, who, calm, shared = evidence_sentences(EVIDENCE, "lot=B7")
    assert moved == "mean looks nothing like the reference data any more."
    assert (
        who
        == "It is seen on 3 devices of 10 that sent enough data to be judged, in 4,502 inferences."
    )
    assert "prediction" in calm
    assert shared.endswith("0 of the 7 others: that names the cause.")


def test_no_evidence_says_nothing() -> None:
    assert evidence_sentences({}, "version") == []


KEYS = st.from_regex(r"[A-Za-z][A-Za-z0-9._-]{0,9}", fullmatch=True)
VALUES = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=9)


@given(st.dictionaries(KEYS, VALUES, max_size=9))
def test_labels_survive_their_form(labels: dict[str, str]) -> None:
    assert labels_of(text_of(labels)) == labels
