"""What a device is offered in place of a whole file, and which of it it fetched.

Guarantees: a device gets deltas of what it says that it runs, and of nothing else; what was never
made is asked for, so that the next device has it; the whole file is offered beside them always.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from device_agent.protocol.delta.offer import DeltaOffer
from fleet.devices.models import Device
from fleet.lib.errors import NotFound
from fleet.lib.jobs import ACTIVE, JobState
from ota.delivery.handling import DeltaUse, parse_delivery
from ota.engine.states import RolloutState, WaveState
from ota.models import Assignment, Delta, ReleaseArtifact, Rollout
from ota.releases.deltas.asking import FLAGS, WHOLE, ask, is_source, takes_deltas

WAIT_MAX: Final = timedelta(minutes=30)  # that a rollout waits for deltas
RUNS: Final = "sha256"  # where a device says which file it runs


def offers(row: Assignment, link: Callable[[str], str]) -> tuple[DeltaOffer, ...]:
    """Return the deltas that help this device, the shortest first."""
    artifact = row.artifact
    if artifact is None or not takes_deltas(artifact) or not _applies(row):
        return ()
    runs = str(row.device.running.get(RUNS, ""))
    there = {each.source: each for each in _rows(artifact, runs)}
    for source in {WHOLE, runs} - set(there):
        if source == WHOLE or is_source(source, artifact):
            ask(source, artifact)
    made = [each for each in there.values() if each.state == JobState.SUCCEEDED]
    return tuple(
        DeltaOffer(each.source, str(each.blob_id), size, link(str(each.blob_id)))
        for each in sorted(made, key=lambda each: each.size_bytes or 0)
        if (size := each.size_bytes or 0) < artifact.size_bytes
    )


def delta_of(device: Device, artifact: ReleaseArtifact, sha256: str) -> Delta:
    """Return the delta of these bytes, if this device is offered it. Raises NotFound."""
    runs = str(device.running.get(RUNS, ""))
    for row in _rows(artifact, runs):
        if row.state == JobState.SUCCEEDED and row.blob_id == sha256:
            return row
    raise NotFound(f"There is no delta {sha256[:80]!r} for what this device runs.")


def fetched(device: Device, artifact: ReleaseArtifact, delta: Delta | None) -> None:
    """Note what a device fetches for its newest update: a delta, or at last the whole file."""
    rows = Assignment.objects.filter(device=device, artifact=artifact)
    newest = rows.order_by("-pk").values("pk", "delta_id").first()
    if newest is not None and newest["delta_id"] != (delta.pk if delta else None):
        Assignment.objects.filter(pk=newest["pk"]).update(delta=delta)


def awaited(rollout: Rollout, now: datetime) -> str:
    """Return what a rollout waits for before its devices begin; empty where it goes on."""
    wants = parse_delivery(rollout.policy.get("delivery", {})).deltas
    if wants is not DeltaUse.WAIT or not _may_wait(rollout, now):
        return ""
    targets = rollout.release.artifacts.values("sha256")
    under_way = Delta.objects.filter(target__in=targets, flags=FLAGS, state__in=sorted(ACTIVE))
    count = under_way.count()
    return f"{count} delta{'s are' if count > 1 else ' is'} still being made" if count else ""


def _may_wait(rollout: Rollout, now: datetime) -> bool:
    began = rollout.started_at
    if rollout.state != RolloutState.RUNNING or began is None or now - began > WAIT_MAX:
        return False
    return not rollout.waves.exclude(state=WaveState.PENDING).exists()


def _applies(row: Assignment) -> bool:
    """Tell whether our own agent asks, for itself, and may be offered them."""
    ours = bool(row.device.key_fingerprint) and row.device.behind_id is None
    return ours and parse_delivery(row.delivery).deltas is not DeltaUse.NEVER


def _rows(artifact: ReleaseArtifact, runs: str) -> list[Delta]:
    rows = Delta.objects.filter(target=artifact.sha256, source__in={runs, WHOLE}, flags=FLAGS)
    return list(rows)
