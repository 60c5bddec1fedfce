"""Rules as people, programs and the database write them: plain JSON with short texts. Pure.

A mute window is `mon,tue 22:00-06:00` (UTC, of the days on which it begins; `daily` for all), an
action is its name or `name:destination`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from math import isfinite
from typing import Any, Final

from fleet.telemetry.alerts.rule import (
    BOUNDS,
    CHOICES,
    DAY_MINUTES,
    TERMS,
    WEEK_DAYS,
    MuteWindow,
    Rule,
    RuleAction,
)

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAILY: Final = "daily"
LIST_MAX: Final = 50  # entries of a field
TEXT_MAX: Final = 1000  # characters of a field
_MUTE: Final = re.compile(r"([a-z]{3}(?:,[a-z]{3})*|daily) ([0-2]\d):([0-5]\d)-([0-2]\d):([0-5]\d)")
_ACTION: Final = re.compile(r"([a-z_]{1,40})(?::([a-z]+_[0-9a-z]{1,28}))?")


class BadRule(ValueError):
    """Terms that are not a rule; the sentence names the field."""


def rule_of(terms: Mapping[str, Any]) -> Rule:
    """Return the rule that the terms say; what is missing has its default. Raises BadRule."""
    kinds = {each.name: each.default for each in fields(Rule)}
    if unknown := sorted(set(terms) - set(TERMS)):
        raise BadRule(f"A rule has no field {unknown[0][:40]!r}.")
    return Rule(**{name: _checked(name, kinds[name], value) for name, value in terms.items()})


def terms_of(rule: Rule) -> dict[str, Any]:
    """Return every field of the rule as plain JSON."""
    plain: dict[str, Any] = {}
    for name in TERMS:
        value = getattr(rule, name)
        plain[name] = [_written(each) for each in value] if isinstance(value, tuple) else value
    return plain


def parse_mute(text: str) -> MuteWindow:
    """Return the window. Raises BadRule."""
    found = _MUTE.fullmatch(text.strip().lower())
    if found is None:
        raise BadRule(
            f"mute: {text[:60]!r} is not like 'mon,tue 22:00-06:00' or 'daily 22:00-06:00'."
        )
    named = DAYS if found[1] == DAILY else tuple(found[1].split(","))
    if unknown := [day for day in named if day not in DAYS]:
        raise BadRule(f"mute: {unknown[0]!r} is not a day; days are {', '.join(DAYS)}.")
    begins, until = int(found[2]) * 60 + int(found[3]), int(found[4]) * 60 + int(found[5])
    if begins >= DAY_MINUTES or until > DAY_MINUTES or begins == until % DAY_MINUTES:
        raise BadRule(f"mute: {text[:60]!r} must end at another time of day than it begins.")
    days = tuple(sorted({DAYS.index(day) for day in named}))
    return MuteWindow(days, begins, until % DAY_MINUTES)


def parse_action(text: str) -> RuleAction:
    """Return the action. Raises BadRule."""
    found = _ACTION.fullmatch(text.strip())
    if found is None:
        raise BadRule(f"actions: {text[:60]!r} is not like 'pause_rollout' or 'webhook:dst_…'.")
    return RuleAction(found[1], found[2] or "")


def _written(value: Any) -> Any:
    if isinstance(value, MuteWindow):
        names = DAILY if len(value.days) == WEEK_DAYS else ",".join(DAYS[day] for day in value.days)
        (h1, m1), (h2, m2) = divmod(value.begins, 60), divmod(value.until, 60)
        return f"{names} {h1:02}:{m1:02}-{h2:02}:{m2:02}"
    if isinstance(value, RuleAction):
        return f"{value.action}:{value.destination}" if value.destination else value.action
    return value


def _checked(name: str, default: Any, value: Any) -> Any:
    if isinstance(default, tuple):
        return _several(name, value)
    if isinstance(default, str):
        if not isinstance(value, str) or len(value) > TEXT_MAX:
            raise BadRule(f"{name}: this must be a text of at most {TEXT_MAX} characters.")
        _require_known(name, [value])
        return value
    least, most = BOUNDS[name]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not isfinite(value) or not least <= value <= most:
        raise BadRule(f"{name}: this must be a number from {least:g} to {most:g}.")
    if isinstance(default, int) and value != int(value):
        raise BadRule(f"{name}: this must be a whole number.")
    return type(default)(value)


def _several(name: str, value: Any) -> tuple[Any, ...]:
    texts = isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
    if not texts or len(value) > LIST_MAX or any(len(each) > TEXT_MAX for each in value):
        raise BadRule(f"{name}: this must be a list of at most {LIST_MAX} texts.")
    _require_known(name, value)
    if name == "mute":
        return tuple(parse_mute(each) for each in value)
    if name == "actions":
        return tuple(parse_action(each) for each in value)
    return tuple(value)


def _require_known(name: str, values: Sequence[str]) -> None:
    known = CHOICES.get(name)
    wrong = [value for value in values if known is not None and value not in known]
    if wrong and known is not None:
        names = ", ".join(each for each in known if each)
        raise BadRule(f"{name}: {wrong[0][:40]!r} is not known; known are {names}.")
