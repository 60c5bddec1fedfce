"""A rollout's policy in plain words, so that its starter knows what will happen. Pure."""

from typing import Final

from ota.engine.rules import FailureRule, OnFailure, Rules
from ota.engine.states import Gate
from ota.engine.waves import wave_ends

SPANS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
ENDS: Final = {
    OnFailure.PAUSE: "the rollout pauses and waits for a person",
    OnFailure.ROLL_BACK: "every device that took the release gets back what it ran before",
}


def span(seconds: int) -> str:
    """Return 5400 as `90 minutes`, 7200 as `2 hours`: the largest unit that fits evenly."""
    length, unit = next(each for each in SPANS if seconds % each[0] == 0)
    count = seconds // length
    return f"{count} {unit}{'' if count == 1 else 's'}" if seconds else "no time"


def wave_sentences(rules: Rules, devices: int) -> list[str]:
    """Return a sentence a wave for a group of so many devices."""
    ends = wave_ends(devices, rules.waves)
    begins = [0, *ends[:-1]]
    return [
        _wave(rules, index, end - begin, end, devices)
        for index, (begin, end) in enumerate(zip(begins, ends, strict=True))
    ]


def _wave(rules: Rules, index: int, more: int, end: int, devices: int) -> str:
    name = f"Wave {index + 1}"
    if not more:
        return f"{name}: no device is left for it in a group this small."
    who = f"{more} device{'' if more == 1 else 's'}"
    soak = rules.soak(index)
    then = f", then watches them for {span(soak)}" if soak else ""
    cap = rules.cap(index)
    at_once = f", at most {cap} at once" if cap < more else ""
    return f"{name} updates {who}{at_once} ({end} of {devices} in all){then}."


def rule_sentences(rules: Rules) -> list[str]:
    """Return what lets a wave pass, what fails it, and what happens then."""
    passes = f"A wave passes when {rules.success_percent} % of its devices took the update"
    judged = "".join(f" and {Gate(name).promise}" for name in rules.gates)
    return [
        f"{passes}{judged}.",
        *_labels(rules),
        *_shadow(rules),
        *(f"It fails when {_failure(rule)}." for rule in rules.failures),
        f"When a wave fails, {ENDS[rules.on_failure]}.",
        f"A device is tried {_times(rules.attempts)}. {_patience(rules)}",
    ]


def _labels(rules: Rules) -> list[str]:
    if Gate.LABELS not in rules.gates:
        return []
    margin = rules.labels_margin_points
    points = f"{margin} point{'' if margin == 1 else 's'} of accuracy"
    return [f"It waits for true labels of updated and of other devices; {points} may be lost."]


def _shadow(rules: Rules) -> list[str]:
    if Gate.SHADOW not in rules.gates:
        return []
    who = f"{rules.shadow_devices} device{'' if rules.shadow_devices == 1 else 's'}"
    share, runs = rules.shadow_agreement_percent, rules.shadow_inferences
    most = f"in {share} % of at least {runs} inferences on at least {who}"
    return [f"As a challenger it must agree {most}, also without the best of them."]


def _patience(rules: Rules) -> str:
    fetch, silent = span(rules.offer_seconds), span(rules.install_seconds)
    return (
        f"One that does not fetch its update within {fetch}, or is silent for {silent} while "
        "installing, counts as timed out."
    )


def _failure(rule: FailureRule) -> str:
    what = f" (cause: {rule.label})" if rule.cause else ""
    if rule.percent == 0:
        return f"a single device fails{what}"
    return f"more than {rule.percent} % of its devices fail{what}, once {rule.min_sample} finished"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
