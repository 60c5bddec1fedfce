"""A device that runs one release and is about to get the next."""

from dataclasses import dataclass
from typing import Any

from django.test import Client

from fleet.devices.models import Device
from fleet.lib.jobs import JobState
from ota import services
from ota.models import Assignment, Delta, ReleaseArtifact, Rollout
from registry import blobs
from tests.ota import makers
from tests.simulators.fleet import caller

LIKE = "".join(chr(33 + at * at * 7 % 89) for at in range(1500))


@dataclass(frozen=True)
class DeltaScene:
    """Who, from what, to what."""

    device: Device
    old: ReleaseArtifact
    new: ReleaseArtifact
    rollout: Rollout

    @property
    def client(self) -> Client:
        return caller(self.device)

    @property
    def assignment(self) -> Assignment:
        return Assignment.objects.select_related("artifact").get(rollout=self.rollout)

    def begin(self) -> Assignment:
        """What a tick and the signer do."""
        services.rollout_tick(self.rollout.pk)
        return self.assignment

    def wanted(self) -> dict[str, Delta]:
        """The deltas to the new file, by source."""
        return {row.source: row for row in Delta.objects.filter(target=self.new.sha256)}

    def made(self, source: str | None = None, data: bytes = b"short") -> Delta:
        """As if a worker had made it."""
        row = self.wanted()[self.old.sha256 if source is None else source]
        blob = blobs.put_bytes(data)
        Delta.objects.filter(pk=row.pk).update(
            state=JobState.SUCCEEDED, blob=blob, size_bytes=len(data)
        )
        row.refresh_from_db()
        return row


def released(label: str) -> ReleaseArtifact:
    """A release's one file, which differs from those of other labels in a few bytes."""
    release = makers.release(label, salt=f"{LIKE[:400]}{label}{LIKE[400:]}")
    return ReleaseArtifact.objects.select_related("release").get(release=release)


def runs(device: Device, artifact: ReleaseArtifact) -> None:
    device.running = {"release": artifact.release.public_id, "sha256": artifact.sha256}
    device.save()


def ready(*, start: bool = True, **overrides: Any) -> DeltaScene:
    """1.0 runs, and a rollout of 2.0 was made."""
    device = makers.devices(1)[0]
    old, new = released("1.0"), released("2.0")
    runs(device, old)
    rollout = makers.rollout(new.release, makers.group([device]), start=start, **overrides)
    return DeltaScene(device, old, new, rollout)
