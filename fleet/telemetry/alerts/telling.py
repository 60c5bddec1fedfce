"""When a rule tells of what is seen: the same step live, every look, and in a back-test. Pure.

Guarantees: a finding is told once while it lasts, and once more only after it was gone for the
rule's end delay; never in a mute window (what still lasts afterwards is told then), never before it
lasted, never below the quorum, never within the cool-down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fleet.telemetry.alerts.rule import Rule, Scope
from fleet.telemetry.alerts.sighting import Key, Sighting, unlike


@dataclass
class Remembered:
    """What a rule knows of one finding."""

    since: datetime
    seen: datetime
    told: datetime | None = None


@dataclass
class RuleLook:
    """What one look led to: to be told now, and what keeps the others, by finding."""

    told: list[Sighting] = field(default_factory=list)
    kept: dict[Key, str] = field(default_factory=dict)


def look(
    rule: Rule,
    scope: Scope,
    sightings: Sequence[Sighting],
    known: dict[Key, Remembered],
    at: datetime,
) -> RuleLook:
    """Look once, bring `known` up to date, and return what to tell."""
    result = RuleLook()
    about: list[Sighting] = []
    for each in sightings:
        if reason := unlike(rule, each, scope):
            result.kept[each.key] = reason
        else:
            about.append(each)
    window = [each for each in about if each.within(rule, at)]
    members = {device for each in window for device in scope.of(each.devices)}
    for each in sorted((one for one in about if one.lasts(at)), key=lambda one: one.since):
        memory = _remember(rule, each, known, at)
        if memory.told is not None:
            continue
        if reason := _waits(rule, memory, len(members), known, at):
            result.kept[each.key] = reason
            continue
        memory.told = at
        result.told.append(each)
        result.kept.pop(each.key, None)
    return result


def _remember(rule: Rule, each: Sighting, known: dict[Key, Remembered], at: datetime) -> Remembered:
    """Return the memory of a finding; one that was gone for long enough begins anew."""
    memory = known.get(each.key)
    if memory is None or (at - memory.seen > rule.end and each.since > memory.seen):
        memory = known[each.key] = Remembered(each.since, at)
    memory.seen = at
    return memory


def _waits(
    rule: Rule, memory: Remembered, devices: int, known: Mapping[Key, Remembered], at: datetime
) -> str:
    last = max((each.told for each in known.values() if each.told is not None), default=None)
    if devices < rule.quorum_devices:
        return f"{devices} of {rule.quorum_devices} devices"
    if at - memory.since < rule.start:
        return "it has not lasted long enough"
    if rule.is_muted(at):
        return "a mute window"
    if last is not None and at - last < rule.cooldown:
        return "the cool-down"
    return ""
