"""Challengers beside what devices run: begun and stopped by people, told to devices, reported.

* Only a published release runs, and only where each target of the group has an artifact.
* The devices are those that belong to the group when it begins; each has one challenger at a time.
* A device's report replaces its older one, so that a repeated or late one changes nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from django.db import transaction
from django.db.models import Q

from device_agent.protocol.field.shadow import ShadowOrder, ShadowReport
from device_agent.protocol.instruction import ArtifactName
from fleet.access import audit
from fleet.devices import selectors as devices
from fleet.devices.models import Device, Group
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, NotFound, Stale, Unprocessable
from ota.choices import ShadowRun
from ota.engine.states import ReleaseState
from ota.models import DeviceUpdateState, Release, ReleaseArtifact, Shadow, ShadowCount
from ota.trust.admission.rules import path_of
from registry.models import ModelVersion

DEVICES_MAX: Final = 10_000  # of one shadow
BOOTS_MAX: Final = 32  # of one device and shadow that are kept; a device that starts more is broken
BATCH: Final = 500
LATE_HOURS: Final = 24  # after its end, in which the last report may come
Download: TypeAlias = Callable[[ReleaseArtifact], str]  # the address of the bytes


@transaction.atomic
def shadow_start(
    *,
    by: Actor,
    release: Release,
    group: Group,
    every: int,
    time_ms: int,
    memory_mib: int,
    hours: float,
) -> Shadow:
    """Have a group's devices run a release beside theirs. Raises Conflict, Unprocessable."""
    if release.state != ReleaseState.PUBLISHED:
        raise Conflict(f"Release {release.public_id} is {release.state}, not published.")
    if release.version is None:
        raise Conflict("Software of other makers cannot run beside a model.")
    members = dict(devices.group_members(group).order_by("pk").values_list("pk", "target"))
    _require_members(release, group, members)
    shadow = Shadow.objects.create(
        release=release,
        group=group,
        every=every,
        time_ms=time_ms,
        memory_mib=memory_mib,
        until=clock.now() + timedelta(hours=hours),
        devices=len(members),
        started_by=by.label,
    )
    _give(shadow, list(members))
    detail = {
        "release": release.public_id,
        "group": group.name,
        "every": every,
        "time_ms": time_ms,
        "memory_mib": memory_mib,
        "until": shadow.until.isoformat(),
        "devices": len(members),
    }
    audit.record(by=by, action="ota.shadow_start", subject=shadow.public_id, detail=detail)
    return shadow


@transaction.atomic
def shadow_stop(*, by: Actor, shadow: Shadow) -> Shadow:
    """Have all devices end the challenger. Raises Conflict, Stale."""
    if shadow.state != ShadowRun.RUNNING:
        raise Conflict(f"Shadow {shadow.public_id} is stopped already.")
    running = Shadow.objects.filter(pk=shadow.pk, state=ShadowRun.RUNNING)
    changes = {"stopped_by": by.label, "stopped_at": clock.now()}
    if not compare_and_set(running, state=ShadowRun.STOPPED, **changes):
        raise Stale("Somebody else stopped this shadow first.")
    DeviceUpdateState.objects.filter(shadow=shadow).update(shadow=None)
    audit.record(by=by, action="ota.shadow_stop", subject=shadow.public_id)
    shadow.refresh_from_db()
    return shadow


def shadow_order(*, device: Device, download: Download) -> ShadowOrder:
    """What the device is to run beside its model. Raises NotFound where that is nothing."""
    shadow = _current(device, clock.now())
    release = shadow.release
    artifact = ReleaseArtifact.objects.filter(release=release, target=device.target).first()
    built = artifact.artifact if artifact is not None else None
    if release.state != ReleaseState.PUBLISHED or artifact is None or built is None:
        raise NotFound("No challenger is meant for this device.")
    version = release.model_version
    return ShadowOrder(
        id=shadow.public_id,
        every=shadow.every,
        time_ms=shadow.time_ms,
        memory_mib=shadow.memory_mib,
        until=int(shadow.until.timestamp()),
        model=version.model.name,
        version=version.label,
        target=device.target,
        artifact=ArtifactName(artifact.filename, artifact.sha256, artifact.size_bytes),
        tuf_path=path_of(release, artifact),
        download=download(artifact),
        statement=built.signature,
    )


@transaction.atomic
def shadow_report(*, device: Device, report: ShadowReport) -> None:
    """Take what a device tells. Raises NotFound, Unprocessable."""
    shadow = _current(device, clock.now() - timedelta(hours=LATE_HOURS))
    if shadow.public_id != report.id:
        raise NotFound("This device runs another challenger.")
    version = shadow.release.model_version
    champion = ModelVersion.objects.filter(model=version.model_id, label=report.champion).first()
    if champion is None:
        raise Unprocessable(f"{version.model} has no version {report.champion[:64]!r}.")
    classes = len(version.class_names)
    if classes and any(max(pair[:2]) >= classes for pair in report.pairs):
        raise Unprocessable(f"A pair names a class beyond the {classes} of {version}.")
    _keep(shadow, device, champion, report)


def _keep(shadow: Shadow, device: Device, champion: ModelVersion, report: ShadowReport) -> None:
    mine = ShadowCount.objects.filter(shadow=shadow, device=device)
    fields = {
        "seq": report.seq,
        "state": report.state,
        "reason": report.reason,
        "ran": report.ran,
        "agreed": sum(count for one, other, count in report.pairs if one == other),
        "skipped": report.skipped,
        "pairs": [list(pair) for pair in report.pairs],
        "told_at": clock.now(),
    }
    row = mine.filter(champion=champion, boot_id=report.boot_id)
    if row.exists():
        row.filter(seq__lt=report.seq).update(**fields)
        return
    if mine.count() >= BOOTS_MAX:
        raise Unprocessable(f"This device began this challenger more than {BOOTS_MAX} times.")
    ShadowCount.objects.create(
        shadow=shadow, device=device, champion=champion, boot_id=report.boot_id, **fields
    )


def _current(device: Device, now: datetime) -> Shadow:
    rows = Shadow.objects.select_related("release__version__model")
    slot = DeviceUpdateState.objects.filter(device=device).values("shadow")
    found = rows.filter(pk__in=slot, state=ShadowRun.RUNNING, until__gt=now).first()
    if found is None:
        raise NotFound("No challenger is meant for this device.")
    return found


def _require_members(release: Release, group: Group, members: dict[int, str]) -> None:
    if not members:
        raise Unprocessable(f"Group {group.name} has no accepted device.")
    if len(members) > DEVICES_MAX:
        raise Unprocessable(f"Group {group.name} has more than {DEVICES_MAX} devices.")
    built = set(release.artifacts.values_list("target", flat=True))
    missing = sorted(set(members.values()) - built)
    if missing:
        raise Unprocessable(f"The release was not built for {', '.join(missing)[:200]}.")
    running = Q(shadow__state=ShadowRun.RUNNING, shadow__until__gt=clock.now())
    busy = (
        DeviceUpdateState.objects.filter(running, device__in=members)
        .select_related("shadow")
        .first()
    )
    if busy is not None and busy.shadow is not None:
        raise Conflict(
            f"Devices of {group.name} run the challenger of {busy.shadow.public_id}; stop it first."
        )


def _give(shadow: Shadow, members: list[int]) -> None:
    states = [DeviceUpdateState(device_id=key) for key in members]
    DeviceUpdateState.objects.bulk_create(states, batch_size=BATCH, ignore_conflicts=True)
    for at in range(0, len(members), BATCH):
        DeviceUpdateState.objects.filter(device__in=members[at : at + BATCH]).update(shadow=shadow)
