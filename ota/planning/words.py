"""A rollout's policy in plain words, so that its starter knows what will happen. Pure."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final, Protocol

from ota.engine.rules import FailureRule, Joins, OnFailure, Rules
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


def roughly(seconds: int) -> str:
    """Return a duration as people say it: two units at the most."""
    for unit, size, smaller, step in (
        ("day", 86_400, "hour", 3_600),
        ("hour", 3_600, "minute", 60),
        ("minute", 60, "second", 1),
    ):
        if seconds >= size:
            rest = seconds % size // step
            first = f"{seconds // size} {unit}{'' if seconds // size == 1 else 's'}"
            return f"{first} {rest} {smaller}{'' if rest == 1 else 's'}" if rest else first
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def in_bytes(count: int) -> str:
    """Return a size as people read it: 12.3 MB."""
    size, units = float(count), ["kB", "MB", "GB", "TB"]
    if count < 1000:
        return f"{count} bytes"
    unit = ""
    while size >= 1000 and units:
        size, unit = size / 1000, units.pop(0)
    return f"{size:.1f} {unit}"


def wave_sentences(rules: Rules, devices: int, named: Mapping[int, int] | None = None) -> list[str]:
    """Return a sentence a wave for a group of so many devices; `named` has how many of them each
    wave's query names, where that is known.
    """
    ends = wave_ends(devices, rules.waves, named or {})
    return [
        _wave(rules, index, end - begin, end, devices, known=named is not None)
        for index, (begin, end) in enumerate(pairwise([0, *ends]))
    ]


class Reaching(Protocol):
    """A wave's rule, or its row."""

    @property
    def share_percent(self) -> int | None:
        """How far it takes the group."""
        ...

    @property
    def count(self) -> int | None:
        """How many more devices."""
        ...

    @property
    def query(self) -> str:
        """Which devices."""
        ...


def reach(wave: Reaching) -> str:
    """Return which devices a wave takes, in few words."""
    if wave.query:
        return wave.query
    if wave.count is not None:
        return f"{wave.count} device{'' if wave.count == 1 else 's'}"
    return f"up to {wave.share_percent} %"


def _wave(rules: Rules, index: int, more: int, end: int, devices: int, *, known: bool) -> str:
    name, query = f"Wave {index + 1}", rules.waves[index].query
    yes = _approvals(rules.waves[index].approvals, "it opens")
    if query and not known:
        return f"{name} updates the devices with {query}{yes}."
    if query and not more:
        return f"{name}: no device has {query}."
    if not more:
        return f"{name}: no device is left for it in a group this small."
    who = f"{more} device{'' if more == 1 else 's'}{f' with {query}' if query else ''}"
    soak = rules.soak(index)
    then = f", then watches them for {span(soak)}" if soak else ""
    cap = rules.cap(index)
    at_once = f", at most {cap} at once" if cap < more else ""
    return f"{name} updates {who}{at_once} ({end} of {devices} in all){then}{yes}."


def _approvals(wanted: int, what: str) -> str:
    """Return a part of a sentence; nothing where nobody is asked."""
    people = "one other person has" if wanted == 1 else f"{wanted} other people have"
    return f"; {what} once {people} approved it" if wanted else ""


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
        *_retries(rules),
        *_pace(rules),
        *_calendar(rules),
        *_order(rules),
        *_people(rules),
        *_joining(rules),
    ]


def _retries(rules: Rules) -> list[str]:
    grows = f", {rules.retry_factor} times as long after each" if rules.retry_factor > 1 else ""
    found = []
    if rules.attempts > 1 or rules.retries:
        found.append(f"Two attempts are {span(rules.retry_seconds)} apart{grows}.")
    for rule in rules.retries:
        what = rule.cause.value.replace("_", " ")
        found.append(f"After a failure by {what} a device is tried {_times(rule.attempts)} in all.")
    return found


def _pace(rules: Rules) -> list[str]:
    found = []
    if rules.in_flight_first is not None:
        found.append(
            f"At first {rules.in_flight_first} at once; each success makes room for one more."
        )
    if rules.starts_per_minute is not None:
        found.append(f"At most {rules.starts_per_minute} updates begin within a minute.")
    return found


def _calendar(rules: Rules) -> list[str]:
    found = []
    if rules.start_at is not None:
        found.append(f"Nothing begins before {rules.start_at:%Y-%m-%d %H:%M} UTC.")
    for freeze in rules.freezes:
        when = f"from {freeze.begins:%Y-%m-%d %H:%M} to {freeze.ends:%Y-%m-%d %H:%M} UTC"
        why = f" ({freeze.reason})" if freeze.reason else ""
        found.append(f"Nothing begins {when}{why}.")
    return found


def _order(rules: Rules) -> list[str]:
    found = []
    if rules.spread:
        labels = ", then ".join(rules.spread)
        found.append(f"No value of {labels} comes twice before all of them came once.")
    if rules.penalty_after:
        times = f"{rules.penalty_after} rollouts in a row"
        found.append(
            f"A device on which {times} failed is left out for {span(rules.penalty_seconds)}."
        )
    return found


def _people(rules: Rules) -> list[str]:
    found = []
    if rules.start_approvals:
        found.append(f"{_approvals(rules.start_approvals, 'It starts').removeprefix('; ')}.")
    asked = [(at, wave.approvals) for at, wave in enumerate(rules.waves, 1) if wave.approvals]
    for at, wanted in asked:
        found.append(f"{_approvals(wanted, f'Wave {at} opens').removeprefix('; ')}.")
    if Gate.CHECK in rules.gates:
        where, patience = rules.check_destination, span(rules.check_seconds)
        found.append(f"Each wave is shown to {where}, which has {patience} to say its word on it.")
    return found


def _joining(rules: Rules) -> list[str]:
    return {
        Joins.NO: [],
        Joins.RUNNING: ["Devices that come into the group later join its last wave."],
        Joins.STANDING: [
            "It stands: devices that come into the group later get it too, or run a newer one."
        ],
    }[rules.joins]


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
