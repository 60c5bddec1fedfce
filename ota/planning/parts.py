"""Each device's part in a rollout: its wave, or why it is left out. The plan that is shown and the
start both come from here.

* Devices with nothing to do come last and have no share in a wave: no canary is an empty one.
* Those that went first in the group's rollout before come after the others, and no value of a
  label in `spread` comes twice before all came once.
* A device that a wave's query names comes in that wave and in no other.
* A window in the device's own time zone gets the zone here, where the device is known.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from sys import intern
from typing import Any, Final, NamedTuple
from zoneinfo import available_timezones

from django.db.models import QuerySet

from fleet.devices import selectors as devices
from fleet.devices.models import Device, Group
from ota.delivery.handling import DeliveryRules, DeltaUse
from ota.delivery.window import DEVICE_ZONE
from ota.engine.rules import Rules
from ota.engine.states import Kind
from ota.engine.waves import arranged, device_order, spread, wave_ends, wave_of
from ota.models import Assignment, Release, ReleaseArtifact, Rollout, SoftwareModule
from ota.planning.penalty import boxed
from ota.releases.artifacts import ANY_TARGET, modules_of
from ota.releases.deltas.saving import Prices
from ota.releases.modules import incompatible, modules_for
from ota.releases.needs import unmet_by
from ota.rollouts import policy
from ota.rollouts.running import runs_release

ZONE_KEY: Final = "timezone"  # a label of the device, else an attribute that it tells
UTC_NAME: Final = "UTC"
READ: Final = 5000  # rows that are in memory at once
EXAMPLE: Final = "an example"  # in the place of a rollout's id: the order is drawn with it


@dataclass(frozen=True, slots=True)
class Draft:
    """What is planned: of a rollout, or of one that may become one (then `key` is any text)."""

    key: str  # the order of devices depends on it
    release: Release
    group: Group
    document: Mapping[str, object]

    @property
    def rules(self) -> Rules:
        """What the engine will go by."""
        return policy.parse(self.document)


class Part(NamedTuple):
    """One device's part; `skipped` says why it has none. Small: a fleet has a million."""

    device: int  # its key
    target: str
    wave: int
    position: int
    artifact: int | None  # its key
    skipped: str
    delivery: DeliveryRules
    lost: bool  # a window is in the device's own zone, and the device has none
    runs: str  # the digest of the file that it says it runs


@dataclass(frozen=True, slots=True)
class Content:
    """What a release gives to its devices, read once for all of them."""

    release: Release
    artifacts: Mapping[str, ReleaseArtifact]  # by target
    modules: Sequence[SoftwareModule]
    delivery: DeliveryRules

    def key_for(self, target: str) -> int | None:
        """Return the key of what a device of this target installs."""
        artifact = self.artifacts.get(target) or self.artifacts.get(ANY_TARGET)
        return None if artifact is None else artifact.pk

    @property
    def zoned(self) -> bool:
        """Whether devices install in windows of their own time zones."""
        return self.delivery.window is not None and self.delivery.window.zone == DEVICE_ZONE

    def fetched_bytes(self, target: str, runs: str, prices: Prices) -> int:
        """Return what a device of a target downloads, where deltas are there for what it runs."""
        head, whole = self.artifacts.get(target), self.size_bytes(target)
        if head is None or head.artifact_id is None or self.delivery.deltas is DeltaUse.NEVER:
            return whole
        return whole - head.size_bytes + prices.size_bytes(head, runs)

    def size_bytes(self, target: str) -> int:
        """Return what a device of a target downloads, in full."""
        head = self.artifacts.get(target) or self.artifacts.get(ANY_TARGET)
        built = head.size_bytes if head is not None and head.artifact_id is not None else 0
        meant = modules_for(self.modules, target) if head is not None else []
        return built + sum(file.size_bytes for each in meant for file in each.files.all())


def draft_of(rollout: Rollout) -> Draft:
    """Return what a rollout that has not begun is about to do."""
    return Draft(rollout.public_id, rollout.release, rollout.group, rollout.policy)


def content_of(draft: Draft) -> Content:
    """Return what the release gives."""
    artifacts = {a.target: a for a in draft.release.artifacts.all()}
    delivery = policy.delivery_of(draft.document)
    return Content(draft.release, artifacts, modules_of(draft.release), delivery)


def parts_of(draft: Draft, content: Content, now: datetime) -> Iterator[Part]:
    """Give every member's part, in the order in which they come."""
    rules = draft.rules
    members = members_of(draft, content, now, devices.group_members(draft.group))
    able = [name for name, member in members.items() if not member.skipped]
    named = _named(draft, members)
    order = device_order(draft.key, able, _rested(draft))
    if rules.spread:
        order = spread(order, {name: members[name].spread for name in order})
    ends = wave_ends(len(order), rules.waves, Counter(named.values()))
    order, last = arranged(order, ends, named), len(rules.waves) - 1
    rest = sorted(name for name, member in members.items() if member.skipped)
    waves = (wave_of(at, ends) if at < len(order) else last for at in count())
    yield from placed(content, (members[name] for name in chain(order, rest)), waves)


def placed(
    content: Content, members: Iterable["PlannedDevice"], waves: Iterable[int], first: int = 0
) -> Iterator[Part]:
    """Give the parts of members, each in its wave, in places from the first on."""
    zoned: dict[str, DeliveryRules] = {}
    for at, (member, wave) in enumerate(zip(members, waves, strict=False), first):
        zone = member.zone or UTC_NAME
        if zone not in zoned:
            zoned[zone] = content.delivery.in_zone(zone)
        yield Part(
            member.device,
            member.target,
            wave,
            at,
            content.key_for(member.target),
            member.skipped,
            zoned[zone],
            content.zoned and not member.zone,
            member.runs,
        )


def _named(draft: Draft, members: Mapping[str, "PlannedDevice"]) -> dict[str, int]:
    """Return the wave of each device that takes part and that a wave's query names; of two, the
    first.
    """
    found: dict[str, int] = {}
    for at, wave in enumerate(draft.rules.waves):
        if wave.query:
            fitting = devices.group_fitting(draft.group, wave.query).select_related(None)
            for name in fitting.order_by().values_list("public_id", flat=True).iterator(READ):
                if name in members and not members[name].skipped:
                    found.setdefault(name, at)
    return found


class PlannedDevice(NamedTuple):
    """A device of the group, as its place depends on it; `skipped` says why it has none."""

    device: int
    target: str
    skipped: str
    spread: Sequence[str]
    zone: str
    runs: str


def members_of(
    draft: Draft, content: Content, now: datetime, whom: QuerySet[Device]
) -> dict[str, PlannedDevice]:
    """Return what is known of these devices of a group, by their public ids."""
    rules, found = draft.rules, {}
    punished = boxed(draft.group, rules, now)
    for pk, name, target, running, device in _rows(whom, rules, content):
        skipped = _skip_reason(content, target, running)
        if device is not None and not skipped:
            skipped = incompatible(content.modules, device) or unmet_by(content.release, device)
        found[name] = PlannedDevice(
            pk,
            intern(target),
            intern(skipped or punished.get(pk, "")),
            tuple(map(intern, _values(device, rules.spread))) if device is not None else (),
            intern(zone_of_device(device)) if device is not None else "",
            intern(str(running.get("sha256", ""))),
        )
    return found


def _rows(
    whom: QuerySet[Device], rules: Rules, content: Content
) -> Iterator[tuple[int, str, str, Mapping[str, Any], Device | None]]:
    """Give key, name, target and what runs; the whole device only where more is asked of it."""
    rows = whom.select_related(None).order_by()
    if content.modules or content.zoned or content.release.needs or rules.spread:
        for device in rows.iterator(READ):
            yield device.pk, device.public_id, device.target, device.running, device
        return
    for row in rows.values_list("pk", "public_id", "target", "running").iterator(READ):
        yield *row, None


def zone_of_device(device: Device) -> str:
    """Return the time zone that a device has; empty where none is known."""
    for told in (device.labels, device.attributes):
        zone = str(told.get(ZONE_KEY, ""))
        if zone in ZONES:
            return zone
    return ""


ZONES: Final = frozenset(available_timezones())


def _skip_reason(content: Content, target: str, running: Mapping[str, Any]) -> str:
    if content.key_for(target) is None:
        return f"the release has nothing for target {target}"
    if runs_release(running, content.release):
        return "the device runs this release already"
    return ""


def _values(device: Device, labels: Sequence[str]) -> list[str]:
    told = device.query_labels()
    return [str(told.get(label, "")) for label in labels]


def _rested(draft: Draft) -> frozenset[str]:
    """Return the devices of the first wave of the group's newest rollout that has begun."""
    before = Rollout.objects.filter(group=draft.group, started_at__isnull=False)
    newest = before.exclude(public_id=draft.key).order_by("-started_at", "-pk").first()
    if newest is None:
        return frozenset()
    rows = Assignment.objects.filter(
        rollout=newest, wave__index=0, kind=Kind.UPDATE, assigned_at__isnull=False
    )
    return frozenset(rows.values_list("device__public_id", flat=True))
