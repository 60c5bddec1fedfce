"""Policies: named defaults from TOML, a user's JSON on top, validated into the engine's Rules.

* Unknown names and members are refused, with the ones that exist.
* Every number has a range; wave shares rise and end at 100.
* What is stored with a rollout is the complete policy, so a changed default never changes a run.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from importlib import resources
from typing import Any, TypeVar

from fleet.devices.labels.query import parse_query
from fleet.lib.errors import Refused
from ota.delivery.handling import DeliveryRules, dump_delivery, instant, parse_delivery
from ota.engine.calendar import closed
from ota.engine.rules import (
    FailureRule,
    Freeze,
    Joins,
    OnFailure,
    RetryRule,
    Rules,
    StateTimeout,
    WaveRule,
)
from ota.engine.states import IN_FLIGHT, AssignmentState, FailureCause, Gate

WordT = TypeVar("WordT", bound=StrEnum)
DEFAULT = "canary"
WAVES_MAX = 50
FAILURE_RULES_MAX = 20
FREEZES_MAX = 100
SPREAD_MAX = 4  # labels
LABEL_KEY_MAX = 63  # characters
REASON_MAX = 100  # characters of a freeze
NAME_MAX = 80  # characters of a destination's name
YEAR_SECONDS = 366 * 24 * 3600


@dataclass(frozen=True, slots=True)
class ValueRange:
    """The smallest and the largest value that is accepted."""

    low: int
    high: int


RANGES: Mapping[str, ValueRange] = {
    "success_percent": ValueRange(1, 100),
    "max_in_flight": ValueRange(1, 100_000),
    "soak_seconds": ValueRange(0, YEAR_SECONDS),
    "offer_seconds": ValueRange(1, YEAR_SECONDS),
    "install_seconds": ValueRange(1, YEAR_SECONDS),
    "attempts": ValueRange(1, 20),
    "retry_seconds": ValueRange(0, YEAR_SECONDS),
    "rollback_max_in_flight": ValueRange(1, 100_000),
    "rollback_attempts": ValueRange(1, 20),
    "share_percent": ValueRange(1, 100),
    "min_devices": ValueRange(1, 100_000),
    "percent": ValueRange(0, 100),
    "min_sample": ValueRange(1, 1_000_000),
    "labels_margin_points": ValueRange(1, 50),
    "shadow_agreement_percent": ValueRange(1, 100),
    "shadow_inferences": ValueRange(1, 1_000_000_000),
    "shadow_devices": ValueRange(1, 10_000),
    "in_flight_first": ValueRange(1, 100_000),
    "starts_per_minute": ValueRange(1, 100_000),
    "retry_factor": ValueRange(1, 10),
    "retry_max_seconds": ValueRange(0, YEAR_SECONDS),
    "penalty_after": ValueRange(0, 100),
    "penalty_seconds": ValueRange(60, YEAR_SECONDS),
    "count": ValueRange(1, 1_000_000),
    "approvals": ValueRange(0, 10),
    "start_approvals": ValueRange(0, 10),
    "check_seconds": ValueRange(60, YEAR_SECONDS),
}
_LISTS = frozenset(
    {"waves", "failures", "gates", "on_failure", "description", "delivery", "retries", "timeouts"}
    | {"start_at", "freezes", "spread", "check_destination", "joins"}
)
_OF_WAVES = frozenset(
    {"share_percent", "min_devices", "max_in_flight", "soak_seconds", "count", "query", "approvals"}
)
_REACH = ("share_percent", "count", "query")  # a wave has one of them
_OF_LISTS = frozenset({"percent", "min_sample"}) | _OF_WAVES - {"max_in_flight", "soak_seconds"}
# A device may be silent in these; before it was offered anything, nobody waits for it.
TIMED = sorted(state.value for state in IN_FLIGHT - {AssignmentState.ASSIGNED})
_BESIDE = ("name", "description", "delivery")  # what the engine does not read
_TOP = frozenset(RANGES) - _OF_LISTS | _LISTS


def names() -> tuple[str, ...]:
    """Return the policies that come with the service."""
    folder = resources.files("ota") / "policies"
    return tuple(
        sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    )


def named(name: str) -> dict[str, Any]:
    """Return one policy's document, as written in its file."""
    if name not in names():
        msg = f"There is no policy {name[:40]!r}; there are {', '.join(names())}."
        raise Refused(msg)
    text = (resources.files("ota") / "policies" / f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


def resolve(
    name: str | None,
    overrides: Mapping[str, Any] | None,
    base: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the complete, validated document: defaults, the named policy (`base`, where it is not
    one that comes with the service), the user's members on top; null takes the default.
    """
    if overrides is not None and not isinstance(overrides, Mapping):
        raise Refused("'policy' must be a JSON object.")
    document = {**(named(name or DEFAULT) if base is None else base), **dict(overrides or {})}
    document = {key: value for key, value in document.items() if value is not None}
    document.pop("name", None)
    description = _text(document.pop("description", ""))
    found = {**dump(parse(document)), "name": name or DEFAULT, "description": description}
    if "delivery" in document:
        found["delivery"] = dump_delivery(parse_delivery(document["delivery"]))
    return found


def delivery_of(document: Mapping[str, Any]) -> DeliveryRules:
    """Return how a rollout's updates are delivered: forced, where its policy says nothing."""
    return parse_delivery(document.get("delivery", {}))


def held(document: Mapping[str, Any], now: datetime) -> str:
    """Return why no update of a rollout may begin now; nothing where one may."""
    return closed(parse(document), now)


def parse(document: Mapping[str, Any]) -> Rules:
    """Return rules from a document; Refused names the member that is wrong."""
    content = {k: v for k, v in document.items() if k not in _BESIDE}
    _only(content, _TOP, "policy")
    numbers = {key: _number(content, key) for key in content if key in RANGES}
    rules = Rules(
        waves=_waves(content.get("waves")),
        failures=_failures(content.get("failures", [])),
        gates=_gates(content.get("gates", [])),
        on_failure=_one_of(OnFailure, content.get("on_failure", OnFailure.PAUSE), "on_failure"),
        retries=_retries(content.get("retries", [])),
        timeouts=_timeouts(content.get("timeouts", {})),
        start_at=instant(content.get("start_at"), "start_at"),
        freezes=_freezes(content.get("freezes", [])),
        spread=_spread(content.get("spread", [])),
        check_destination=_name(content.get("check_destination", "")),
        joins=_one_of(Joins, content.get("joins", Joins.NO), "joins"),
        **numbers,
    )
    if Gate.CHECK in rules.gates and not rules.check_destination:
        raise Refused("The gate 'check' needs a 'check_destination': the name of a webhook.")
    return rules


def dump(rules: Rules) -> dict[str, Any]:
    """Return the document that parses to these rules; None members left out."""
    content = {key: value for key, value in asdict(rules).items() if value is not None}
    for key in ("waves", "failures", "retries"):
        content[key] = [{k: v for k, v in item.items() if v is not None} for item in content[key]]
    for wave in content["waves"]:
        for name in ("query", "approvals"):  # said only where they are
            if not wave[name]:
                del wave[name]
        if "share_percent" not in wave:
            del wave["min_devices"]  # of a share alone
    content["gates"], content["spread"] = list(rules.gates), list(rules.spread)
    content["timeouts"] = {each.state.value: each.seconds for each in rules.timeouts}
    content["freezes"] = [_dump_freeze(freeze) for freeze in rules.freezes]
    if rules.start_at is not None:
        content["start_at"] = rules.start_at.isoformat()
    return content


def _dump_freeze(freeze: Freeze) -> dict[str, str]:
    found = {"from": freeze.begins.isoformat(), "until": freeze.ends.isoformat()}
    return {**found, "reason": freeze.reason} if freeze.reason else found


def _waves(value: object) -> tuple[WaveRule, ...]:
    items = _items(value, "waves", WAVES_MAX)
    waves = tuple(_wave(item) for item in items)
    shares = [wave.share_percent for wave in waves if wave.share_percent is not None]
    rising = shares == sorted(set(shares))
    # The last one takes whoever is left, so that nobody is forgotten.
    if not waves or not rising or waves[-1].share_percent != 100:
        raise Refused("'waves' must have rising 'share_percent' values that end at 100.")
    return waves


def _wave(item: Mapping[str, Any]) -> WaveRule:
    _only(item, _OF_WAVES, "waves")
    if sum(key in item for key in _REACH) != 1:
        raise Refused("Every wave needs a 'share_percent', or a 'count' or a 'query' in its place.")
    query = _query(item["query"]) if "query" in item else ""
    return WaveRule(query=query, **{key: _number(item, key) for key in item if key in RANGES})


def _query(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Refused("'waves.query' must be a device query, such as site=lab.")
    try:
        parse_query(value)
    except Refused as wrong:
        raise Refused(f"'waves.query': {wrong.message}") from wrong
    return value.strip()


def _failures(value: object) -> tuple[FailureRule, ...]:
    return tuple(_failure(item) for item in _items(value, "failures", FAILURE_RULES_MAX))


def _failure(item: Mapping[str, Any]) -> FailureRule:
    _only(item, frozenset({"cause", "percent", "min_sample"}), "failures")
    if "percent" not in item or "min_sample" not in item:
        raise Refused("Every failure rule needs 'percent' and 'min_sample'.")
    return FailureRule(
        percent=_number(item, "percent"),
        min_sample=_number(item, "min_sample"),
        cause=_cause(item.get("cause")),
    )


def _retries(value: object) -> tuple[RetryRule, ...]:
    rules = tuple(_retry(item) for item in _items(value, "retries", FAILURE_RULES_MAX))
    if len({rule.cause for rule in rules}) < len(rules):
        raise Refused("'retries' has a cause twice.")
    return rules


def _retry(item: Mapping[str, Any]) -> RetryRule:
    _only(item, frozenset({"cause", "attempts", "retry_seconds"}), "retries")
    cause = _cause(item.get("cause"), "retries.cause")
    if cause is None or "attempts" not in item:
        raise Refused("Every rule of 'retries' needs the 'cause' that it is for, and 'attempts'.")
    return RetryRule(cause, **{key: _number(item, key) for key in item if key in RANGES})


def _timeouts(value: object) -> tuple[StateTimeout, ...]:
    if not isinstance(value, Mapping) or not set(value) <= set(TIMED):
        raise Refused(f"'timeouts' must be an object of seconds for {', '.join(TIMED)}.")
    most = RANGES["install_seconds"]
    return tuple(
        StateTimeout(AssignmentState(state), _whole(value[state], most, f"timeouts.{state}"))
        for state in sorted(value)
    )


def _freezes(value: object) -> tuple[Freeze, ...]:
    return tuple(_freeze(item) for item in _items(value, "freezes", FREEZES_MAX))


def _freeze(item: Mapping[str, Any]) -> Freeze:
    _only(item, frozenset({"from", "until", "reason"}), "freezes")
    begins, ends = _moment(item, "from"), _moment(item, "until")
    if ends <= begins:
        raise Refused("A freeze must end after it begins.")
    reason = item.get("reason", "")
    if not isinstance(reason, str) or len(reason) > REASON_MAX:
        raise Refused(f"'freezes.reason' must be a text of at most {REASON_MAX} characters.")
    return Freeze(begins, ends, reason)


def _moment(item: Mapping[str, Any], key: str) -> datetime:
    found = instant(item.get(key), f"freezes.{key}")
    if found is None:
        raise Refused(f"Every freeze needs '{key}', a time such as 2026-12-20T00:00Z.")
    return found


def _spread(value: object) -> tuple[str, ...]:
    told = value if isinstance(value, list | tuple) else [None]
    labels = tuple(
        each for each in told if isinstance(each, str) and 0 < len(each) <= LABEL_KEY_MAX
    )
    if not len(set(labels)) == len(told) <= SPREAD_MAX:
        raise Refused(f"'spread' must be a list of at most {SPREAD_MAX} different labels.")
    return labels


def _cause(value: object, where: str = "failures.cause") -> FailureCause | None:
    if value is None or value == "any":
        return None
    if value not in tuple(FailureCause):
        raise Refused(f"'{where}' must be any or one of {', '.join(FailureCause)}.")
    return FailureCause(str(value))


def _gates(value: object) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or any(gate not in tuple(Gate) for gate in value):
        raise Refused(f"'gates' must be a list of gates: {', '.join(Gate)}.")
    return tuple(dict.fromkeys(value))


def _one_of(kind: type[WordT], value: object, key: str) -> WordT:
    if value not in tuple(kind):
        raise Refused(f"'{key}' must be one of {', '.join(kind)}.")
    return kind(str(value))


def _name(value: object) -> str:
    if not isinstance(value, str) or len(value) > NAME_MAX:
        raise Refused(f"'check_destination' must be a name of at most {NAME_MAX} characters.")
    return value.strip()


def _items(value: object, key: str, most: int) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise Refused(f"'{key}' must be a list of objects.")
    if len(value) > most:
        raise Refused(f"'{key}' has {len(value)} entries; at most {most} are allowed.")
    return value


def _number(content: Mapping[str, Any], key: str) -> int:
    return _whole(content[key], RANGES[key], key)


def _whole(value: object, allowed: ValueRange, name: str) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not allowed.low <= value <= allowed.high:  # type: ignore[operator]
        raise Refused(f"'{name}' must be a whole number from {allowed.low} to {allowed.high}.")
    return int(value)  # type: ignore[call-overload, no-any-return]


def _only(content: Mapping[str, Any], allowed: frozenset[str], where: str) -> None:
    unknown = sorted(str(key)[:40] for key in set(content) - allowed)
    if unknown:
        raise Refused(
            f"'{where}' has no member {unknown[0]!r}; there are {', '.join(sorted(allowed))}."
        )


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 300:
        raise Refused("'description' must be a text of at most 300 characters.")
    return value
