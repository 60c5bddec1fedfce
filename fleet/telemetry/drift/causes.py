"""From drifted devices to causes: one label value, the version as a whole, or single devices.

A device has drifted when it left its own past (`Fleet.alarmed`, decided by the judgement beside the
others of the fleet), or when it never matched the reference.

Guarantees: a drift is told once, at the highest level that explains it; a label value needs a
quorum of drifted devices and a clear difference from the rest of the fleet; one device alone never
becomes more than its own cause.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from fleet.telemetry.drift.compare import Distribution
from fleet.telemetry.drift.defaults import DEFAULTS, Thresholds
from fleet.telemetry.drift.enrichment import Enrichment, Labels, enrich
from fleet.telemetry.drift.errors import NotEnoughData
from fleet.telemetry.drift.judge import Judged, drifted, judge, judge_all
from fleet.telemetry.drift.unit import Unit, pool

MAX_LABEL_CAUSES = 5  # causes a pass; a fleet with more has one cause that no label names


class Level(StrEnum):
    """What an incident is about."""

    DEVICE = "device"
    LABEL = "label"
    VERSION = "version"


@dataclass(frozen=True)
class Cause:
    """A drift, what explains it, and the proof."""

    level: Level
    name: str  # "lot=B7", a device's id, or "version"
    judged: Judged
    devices: tuple[str, ...]
    enrichment: Enrichment | None = None
    says: str = ""  # what the judgement by its own past says


@dataclass(frozen=True)
class Assessment:
    """What was found, and which devices had enough data to be judged on their own."""

    causes: tuple[Cause, ...]
    judged_devices: int
    drifted_devices: tuple[str, ...]
    version: Judged | None


@dataclass(frozen=True)
class Fleet:
    """Devices with their counts and labels, and the reference they should match."""

    units: Mapping[str, Unit]
    labels: Mapping[str, Labels]
    reference: Sequence[Distribution]
    limits: Thresholds = DEFAULTS
    alarmed: Mapping[str, str] = field(default_factory=dict)  # device: what moved, in words
    moved: Mapping[str, str] = field(default_factory=dict)  # label value: what moved, in words
    # Device or label value: the same as plain values, for those who compute with it.
    shifts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def without(self, devices: Sequence[str]) -> "Fleet":
        """The same fleet with some devices taken out."""
        gone = set(devices)
        units = {name: unit for name, unit in self.units.items() if name not in gone}
        return replace(self, units=units)

    def judge_devices(self) -> list[Judged]:
        """Each device alone, where it has data enough."""
        units = [self.units[name] for name in sorted(self.units)]
        least = self.limits.min_device_samples
        return judge_all(units, self.reference, min_samples=least, limits=self.limits)

    def judge_pool(self, name: str, devices: Sequence[str]) -> Judged | None:
        """Some devices as one unit, or None where they have not data enough."""
        unit = pool(name, [self.units[device] for device in devices])
        try:
            return judge(
                unit, self.reference, min_samples=self.limits.min_samples, limits=self.limits
            )
        except NotEnoughData:
            return None

    def against(self, devices: Sequence[str], others: Sequence[str]) -> Judged | None:
        """Some devices judged with others, not the version, as their reference."""
        rest = pool("rest", [self.units[name] for name in others])
        ordered = {each.name: each.ordered for each in self.reference}
        reference = [
            Distribution(name, row, ordered.get(name, True)) for name, row in rest.rows.items()
        ]
        return Fleet(self.units, self.labels, reference, self.limits).judge_pool("group", devices)

    def label_values(self) -> list[str]:
        """Every "key=value" that a device with data carries."""
        return sorted(
            {
                f"{key}={value}"
                for name in self.units
                for key, value in self.labels.get(name, {}).items()
            }
        )

    def carriers(self, label: str) -> list[str]:
        """Devices with data that carry "key=value"."""
        key, _, value = label.partition("=")
        return [each for each in sorted(self.units) if self.labels.get(each, {}).get(key) == value]


def assess(fleet: Fleet) -> Assessment:
    """Explain the fleet's drift from the top down: labels first, then the version, then what is
    left.
    """
    judged = fleet.judge_devices()
    bad = {unit.name: unit for unit in drifted(judged, fleet.limits)} | _alarmed(fleet, judged)
    version = fleet.judge_pool("version", sorted(fleet.units)) if fleet.units else None
    causes = list(_label_causes(fleet, judged, bad))
    explained = [device for cause in causes for device in cause.devices]
    causes += _rest(fleet.without(explained), judged, bad)
    return Assessment(tuple(causes), len(judged), tuple(sorted(bad)), version)


def _alarmed(fleet: Fleet, judged: Sequence[Judged]) -> dict[str, Judged]:
    """Devices that left their own past, with what their counts say beside the reference."""
    seen = {each.name: each for each in judged}
    return {
        name: seen.get(name, Judged(name, fleet.units[name].samples, (), 1.0))
        for name in fleet.alarmed
        if name in fleet.units
    }


def _label_causes(fleet: Fleet, judged: Sequence[Judged], bad: Mapping[str, Judged]) -> list[Cause]:
    causes: list[Cause] = []
    rest = fleet
    while len(causes) < MAX_LABEL_CAUSES:
        found = _strongest_label(rest, [each for each in judged if each.name in rest.units], bad)
        if found is None:
            break
        causes.append(found)
        rest = rest.without(found.devices)
    return causes


def _strongest_label(
    fleet: Fleet, judged: Sequence[Judged], bad: Mapping[str, Judged]
) -> Cause | None:
    known = [each.name for each in judged] + [each for each in bad if each in fleet.units]
    seen = {name: fleet.labels.get(name, {}) for name in known}
    for label in fleet.moved:
        if members := fleet.carriers(label):
            return _told(fleet, label, members)
    rows = enrich(seen, [name for name in bad if name in seen])
    for row in rows:
        if _names_a_cause(row, fleet.limits) and (cause := _label_cause(fleet, row)) is not None:
            return cause
    return quiet_label(fleet, judged=seen)


def _names_a_cause(row: Enrichment, limits: Thresholds) -> bool:
    """Enough drifted devices, most of its members, and not more than chance would gather there."""
    if row.drifted < limits.quorum_devices or row.others == 0:
        return False
    # A small fleet cannot reach significance over many labels even when one value explains it all.
    plain = row.covers_its_members and row.share_elsewhere < limits.quorum_share
    return row.drifted >= limits.quorum_share * row.members and (
        row.p_adjusted <= limits.cause_q or plain
    )


def _label_cause(fleet: Fleet, row: Enrichment) -> Cause | None:
    members = fleet.carriers(row.label)
    together = fleet.judge_pool(row.label, members)
    alarmed = [fleet.alarmed[name] for name in members if name in fleet.alarmed]
    if len(alarmed) >= fleet.limits.quorum_devices:
        return replace(_told(fleet, row.label, members), enrichment=row, says=alarmed[0])
    if together is None or not together.drifted:
        return None
    return Cause(Level.LABEL, row.label, together, tuple(members), row)


def _told(fleet: Fleet, label: str, members: Sequence[str]) -> Cause:
    """A label that the judgement named, with what its counts say beside the reference."""
    samples = sum(fleet.units[name].samples for name in members)
    together = fleet.judge_pool(label, members) or Judged(label, samples, (), 1.0)
    return Cause(Level.LABEL, label, together, tuple(members), says=fleet.moved.get(label, ""))


def quiet_label(fleet: Fleet, *, judged: Collection[str] = ()) -> Cause | None:
    """The label value that differs most from the rest, of those whose devices are too quiet alone.

    A value with a device that could be judged is not asked: that device has spoken for itself.
    """
    quiet = [
        label for label in fleet.label_values() if set(fleet.carriers(label)).isdisjoint(judged)
    ]
    found = [each for label in quiet if (each := _quiet_cause(fleet, label))]
    return min(found, key=lambda each: each[0])[1] if found else None


def _quiet_cause(fleet: Fleet, label: str) -> tuple[tuple[float, float, str], Cause] | None:
    members = fleet.carriers(label)
    others = [name for name in fleet.units if name not in members]
    together = fleet.judge_pool(label, members)
    if min(len(members), len(others)) < fleet.limits.quorum_devices or together is None:
        return None
    unlike = fleet.against(members, others)
    if not together.drifted or unlike is None or not unlike.drifted:
        return None
    cause = Cause(Level.LABEL, label, together, tuple(members))
    return (unlike.p, -unlike.effect, label), cause


def _rest(fleet: Fleet, judged: Sequence[Judged], bad: Mapping[str, Judged]) -> list[Cause]:
    """What no label explains: most of the devices mean the version, a few mean themselves."""
    if not fleet.units:
        return []
    seen = sorted({each.name for each in judged} | set(bad))
    seen = [name for name in seen if name in fleet.units]
    alone = [bad[name] for name in seen if name in bad]
    whole = fleet.judge_pool("version", sorted(fleet.units))
    if _most(len(alone), len(seen), fleet) and whole and whole.drifted:
        return [Cause(Level.VERSION, "version", whole, tuple(sorted(fleet.units)))]
    return [
        Cause(Level.DEVICE, each.name, each, (each.name,), says=fleet.alarmed.get(each.name, ""))
        for each in alone
    ]


def _most(alone: int, seen: int, fleet: Fleet) -> bool:
    if seen == 0:  # nobody can be judged alone: many quiet devices together still can
        return len(fleet.units) >= fleet.limits.quorum_devices
    limits = fleet.limits
    return alone >= limits.quorum_devices and alone >= limits.quorum_share * seen
