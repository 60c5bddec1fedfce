"""Policies: named defaults from TOML, a user's JSON on top, validated into the engine's Rules.

* Unknown names and members are refused, with the ones that exist.
* Every number has a range; wave shares rise and end at 100.
* What is stored with a rollout is the complete policy, so a changed default never changes a run.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

from fleet.lib.errors import Refused
from ota.engine.rules import FailureRule, OnFailure, Rules, WaveRule
from ota.engine.states import FailureCause, Gate

DEFAULT = "canary"
WAVES_MAX = 50
FAILURE_RULES_MAX = 20
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
}
_LISTS = frozenset({"waves", "failures", "gates", "on_failure", "description"})
_TOP = frozenset(RANGES) - {"share_percent", "min_devices", "percent", "min_sample"} | _LISTS


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


def resolve(name: str | None, overrides: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the complete, validated document: defaults, the named policy, the user's members on
    top.
    """
    if overrides is not None and not isinstance(overrides, Mapping):
        raise Refused("'policy' must be a JSON object.")
    document = {**named(name or DEFAULT), **dict(overrides or {})}
    description = _text(document.pop("description", ""))
    return {**dump(parse(document)), "name": name or DEFAULT, "description": description}


def parse(document: Mapping[str, Any]) -> Rules:
    """Return rules from a document; Refused names the member that is wrong."""
    content = {k: v for k, v in document.items() if k not in ("name", "description")}
    _only(content, _TOP, "policy")
    numbers = {key: _number(content, key) for key in content if key in RANGES}
    return Rules(
        waves=_waves(content.get("waves")),
        failures=_failures(content.get("failures", [])),
        gates=_gates(content.get("gates", [])),
        on_failure=_on_failure(content),
        **numbers,
    )


def dump(rules: Rules) -> dict[str, Any]:
    """Return the document that parses to these rules; None members left out."""
    content = asdict(rules)
    for key in ("waves", "failures"):
        content[key] = [{k: v for k, v in item.items() if v is not None} for item in content[key]]
    return {**content, "gates": list(rules.gates)}


def _waves(value: object) -> tuple[WaveRule, ...]:
    items = _items(value, "waves", WAVES_MAX)
    waves = tuple(_wave(item) for item in items)
    shares = [wave.share_percent for wave in waves]
    if not shares or shares != sorted(set(shares)) or shares[-1] != 100:
        raise Refused("'waves' must have rising 'share_percent' values that end at 100.")
    return waves


def _wave(item: Mapping[str, Any]) -> WaveRule:
    allowed = frozenset({"share_percent", "min_devices", "max_in_flight", "soak_seconds"})
    _only(item, allowed, "waves")
    if "share_percent" not in item:
        raise Refused("Every wave needs a 'share_percent'.")
    return WaveRule(**{key: _number(item, key) for key in item})


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


def _cause(value: object) -> FailureCause | None:
    if value is None or value == "any":
        return None
    if value not in tuple(FailureCause):
        raise Refused(f"'failures.cause' must be any or one of {', '.join(FailureCause)}.")
    return FailureCause(str(value))


def _gates(value: object) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or any(gate not in tuple(Gate) for gate in value):
        raise Refused(f"'gates' must be a list of gates: {', '.join(Gate)}.")
    return tuple(dict.fromkeys(value))


def _on_failure(content: Mapping[str, Any]) -> OnFailure:
    value = content.get("on_failure", OnFailure.PAUSE)
    if value not in tuple(OnFailure):
        raise Refused(f"'on_failure' must be one of {', '.join(OnFailure)}.")
    return OnFailure(value)


def _items(value: object, key: str, most: int) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise Refused(f"'{key}' must be a list of objects.")
    if len(value) > most:
        raise Refused(f"'{key}' has {len(value)} entries; at most {most} are allowed.")
    return value


def _number(content: Mapping[str, Any], key: str) -> int:
    value, allowed = content[key], RANGES[key]
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not allowed.low <= value <= allowed.high:
        raise Refused(f"'{key}' must be a whole number from {allowed.low} to {allowed.high}.")
    return int(value)


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
