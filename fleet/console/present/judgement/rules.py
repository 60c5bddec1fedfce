"""Rules and back-tests for people: the editor's fields, and a result as a picture and sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from django.utils.safestring import SafeString

from fleet.console.svg.timeline import FoundSpan, timeline
from fleet.lib.errors import Refused
from fleet.telemetry.alerts.rule import BOUNDS, CHOICES, Rule
from fleet.telemetry.alerts.written import terms_of

ROWS_MAX: Final = 30  # findings of a picture
DEFAULTS: Final = terms_of(Rule())
SECTIONS: Final = (
    ("Which devices", ("models", "versions", "groups", "labels", "devices")),
    ("Which findings", ("levels", "signals", "tests", "reference", "least_severity")),
    (
        "How much",
        ("smallest_change", "psi_min", "fdr_q", "samples_min", "quorum_devices", "window_hours"),
    ),
    ("When", ("start_minutes", "end_minutes", "cooldown_minutes", "mute")),
    ("What then", ("severity", "actions", "runbook")),
)
HINTS: Final[Mapping[str, tuple[str, str]]] = {
    "models": ("Models", "names, a line each; none: all"),
    "versions": ("Versions", "ids (ver_…), a line each; none: all"),
    "groups": ("Groups", "names, a line each; none: all devices"),
    "labels": ("Device query", "such as site=paris"),
    "devices": ("Devices", "ids (dev_…), a line each"),
    "levels": ("Levels", "none: all"),
    "signals": ("Signals", "patterns such as class *, a line each"),
    "tests": ("Found by", "none: all"),
    "reference": ("Compared with", "the own past is trailing"),
    "least_severity": ("At least", "severity as it was found"),
    "smallest_change": ("Smallest change", "standard deviations; 0: any that was found"),
    "psi_min": ("Smallest PSI", "beside the version's reference; 0: any"),
    "fdr_q": ("Largest p-value", "beside the version's reference; 1: any"),
    "samples_min": ("Least samples", "effective ones; 0: any"),
    "quorum_devices": ("Devices", "that must show it"),
    "window_hours": ("Within", "hours over which these devices are counted"),
    "start_minutes": ("Start delay", "minutes that it must last"),
    "end_minutes": ("End delay", "minutes that it must be gone before it is new"),
    "cooldown_minutes": ("Cool-down", "minutes of silence after the rule told"),
    "mute": ("Mute windows", "UTC, a line each: mon,tue 22:00-06:00"),
    "severity": ("New severity", "that the incident gets"),
    "actions": ("Actions", "a line each: pause_rollout, webhook:dst_…"),
    "runbook": ("Runbook", "a link"),
}


@dataclass(frozen=True)
class Field:
    """One field of the editor."""

    name: str
    title: str
    hint: str
    kind: str  # choice, choices, number, lines or text
    value: str
    options: tuple[tuple[str, bool], ...] = ()
    least: float = 0
    most: float = 0
    step: str = "any"


def sections(terms: Mapping[str, Any]) -> list[tuple[str, list[Field]]]:
    """Return the editor's fields with the values of the terms, by section."""
    whole = {**DEFAULTS, **terms}
    return [(title, [_field(name, whole[name]) for name in names]) for title, names in SECTIONS]


def _field(name: str, value: Any) -> Field:
    title, hint = HINTS[name]
    if name in CHOICES:
        chosen = value if isinstance(value, list) else [value]
        options = tuple((each, each in chosen) for each in CHOICES[name])
        kind = "choices" if isinstance(value, list) else "choice"
        return Field(name, title, hint, kind, "", options)
    if name in BOUNDS:
        least, most = BOUNDS[name]
        step = "1" if isinstance(DEFAULTS[name], int) else "any"
        return Field(name, title, hint, "number", f"{value:g}", (), least, most, step)
    if isinstance(value, list):
        return Field(name, title, hint, "lines", "\n".join(value))
    return Field(name, title, hint, "text", value)


def terms_from(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the terms that a form's texts say (lists where a field has several). Raises Refused
    for a number that is none.
    """
    found: dict[str, Any] = {}
    for each in fields(Rule):
        given = form.get(each.name, [])
        if isinstance(each.default, tuple):
            lines = [line.strip() for text in given for line in text.splitlines()]
            found[each.name] = [line for line in lines if line]
        elif each.name in BOUNDS:
            found[each.name] = _number(each.name, given[0] if given else "")
        else:
            found[each.name] = given[0].strip() if given else each.default
    return found


def _number(name: str, text: str) -> float:
    if not text.strip():
        return float(DEFAULTS[name])
    try:
        return float(text)
    except ValueError as error:
        raise Refused(f"{HINTS[name][0]}: {text[:40]!r} is not a number.") from error


def drawn_result(result: Mapping[str, Any]) -> SafeString | None:
    """Return the picture of a back-test, or None where nothing was found."""
    rows = [*result["told"], *result["kept"]][:ROWS_MAX]
    if not rows or result["from"] is None:
        return None
    begins, ends = (datetime.fromisoformat(result[name]) for name in ("from", "to"))
    spans = [_span(each) for each in sorted(rows, key=lambda each: str(each["since"]))]
    return timeline("What the rule would have told in the last 30 days", begins, ends, spans)


def _span(each: Mapping[str, Any]) -> FoundSpan:
    until = datetime.fromisoformat(each["until"]) if each["until"] else None
    told = datetime.fromisoformat(each["at"]) if "at" in each else None
    signals = ", ".join(each["signals"])
    tip = f"{each['cause']}: {signals}, {each['device_count']} devices"
    if "because" in each:
        tip = f"{tip}; kept back: {each['because']}"
    css = "bad" if each["severity"] == "critical" else "warn"
    return FoundSpan(each["cause"], datetime.fromisoformat(each["since"]), until, told, css, tip)


def rate_sentence(result: Mapping[str, Any]) -> str:
    """Return how many false alarms a month to expect, and what that rests on."""
    rate = result["false_alarms_a_month"]
    if rate is None:
        return "How many false alarms to expect cannot be said yet: too little is stored."
    days = result["hours"] / 24
    judged = rate["called_false"] + rate["called_real"]
    times = "once" if result["told_count"] == 1 else f"{result['told_count']} times"
    return (
        f"Expect {rate['expected']:.1f} false alarms a month, if those that nobody judged were "
        f"false ({rate['low']:.1f} to {rate['high']:.1f} with 95 % confidence). It would have told "
        f"{times} in {days:.1f} days; people judged {judged} of them, {rate['called_false']} as "
        f"false alarms. The judgement promises {rate['promised']:.2g} false device alarms a month "
        "for a healthy fleet of this size, before any rule."
    )
