"""Plain functions that make what rollout tests start from."""

import base64
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings

from builds import keyring
from builds.choices import KeyRole
from builds.models import Artifact
from device_agent.protocol.instruction import ArtifactStatement, seal_statement
from fleet.devices.choices import DeviceState, GroupKind
from fleet.devices.models import Device, Group, GroupMember
from fleet.lib import clock
from fleet.lib.hashing import sha256_hex
from ota import services
from ota.engine.states import ReleaseState
from ota.models import Approval, Assignment, Release, ReleaseArtifact, Rollout
from ota.releases import artifacts as release_artifacts
from registry.models import ModelVersion
from tests.builds import makers as builds
from tests.personas import SYSTEM
from tests.simulators.toolchain import SimulatedTools

TARGET = "linux-x86_64"
# The smallest file that is a model: one graph, one tensor of 1 x 4, one buffer of 8 bytes.
TINY_TFLITE = base64.b64decode(
    "GAAAAFRGTDMAAA4AEAAMAAAACAAAAAQADgAAAAwAAAAQAAAAAwAAAAEAAABcAAAAAQAAAAwAAAAIAAwACAAEAAgAAAAI"
    "AAAADAAAAAEAAAAAAAAAAQAAABAAAAAAAAoADAAIAAAABAAKAAAAAAAAAAQAAAACAAAAAQAAAAQAAAAAAAYACAAEAAYA"
    "AAAEAAAACAAAADEyMzQ1Njc4"
)
# One wave after the other without waiting, and without asking telemetry.
QUICK: dict[str, Any] = {
    "soak_seconds": 0,
    "gates": [],
    "attempts": 1,
    "retry_seconds": 0,
    "on_failure": "pause",
}


def version(label: str = "1.0", targets: Sequence[str] = (TARGET,), salt: str = "") -> ModelVersion:
    """An admitted version, built for the targets; `salt` goes into its files."""
    made = builds.version(content=TINY_TFLITE + label.encode(), label=label)
    for target in targets:
        builds.run(builds.request(made, target), SimulatedTools(salt=salt))
    return made


def release(label: str = "1.0", targets: Sequence[str] = (TARGET,), salt: str = "") -> Release:
    """A published release."""
    made = services.release_create(by=SYSTEM, version=version(label, targets, salt))
    for artifact in release_artifacts.candidates(made.version):
        release_artifacts.freeze(made, artifact)
    Release.objects.filter(pk=made.pk).update(
        state=ReleaseState.PUBLISHED, published_at=clock.now()
    )
    Approval.objects.create(release=made, by="user:ben", label="ben")
    made.refresh_from_db()
    return made


def signed_again(row: ReleaseArtifact, version: ModelVersion) -> Artifact:
    """The same bytes, which the builder says are another version's."""
    statement = ArtifactStatement(
        row.sha256, row.size_bytes, "bundle", version.model.name, version.label, row.target
    )
    envelope: Any = seal_statement(statement, keyring.signer(KeyRole.ARTIFACTS))
    old = row.artifact
    assert old is not None
    return Artifact.objects.create(
        build=old.build,
        kind=old.kind,
        filename=f"of-{version.public_id}",
        blob=old.blob,
        sha256=old.sha256,
        size_bytes=old.size_bytes,
        signature=envelope,
        key_id=envelope["signatures"][0]["keyid"],
    )


@lru_cache(maxsize=4096)
def fake_key(name: str) -> tuple[str, str]:
    """A public key and its fingerprint that nobody signs with."""
    return sha256_hex(name.encode()), sha256_hex(b"fingerprint " + name.encode())


def devices(count: int, *, target: str = TARGET, prefix: str = "cam") -> list[Device]:
    """Accepted devices."""
    names = [f"{prefix}-{number:03}" for number in range(count)]
    return Device.objects.bulk_create(
        Device(
            controller_id=name,
            name=name,
            target=target,
            state=DeviceState.ACCEPTED,
            public_key=fake_key(name)[0],
            key_fingerprint=fake_key(name)[1],
        )
        for name in names
    )


def group(members: Sequence[Device], name: str = "lab") -> Group:
    """A static group of these."""
    made = Group.objects.create(name=name, kind=GroupKind.STATIC)
    GroupMember.objects.bulk_create(GroupMember(group=made, device=d) for d in members)
    return made


def rollout(
    of: Release, to: Group, *, start: bool = True, policy_name: str = "canary", **overrides: Any
) -> Rollout:
    """A rollout that has been started."""
    made = services.rollout_create(
        by=SYSTEM,
        release=of,
        group=to,
        policy_name=policy_name,
        overrides={**QUICK, **overrides},
    )
    if start:
        services.rollout_start(by=SYSTEM, rollout=made)
    return made


def lonely(label: str = "1.0", **overrides: Any) -> tuple[Device, Rollout, Assignment]:
    """One device that is offered one release: what most protocol tests need."""
    device = devices(1)[0]
    made = rollout(release(label), group([device]), **overrides)
    services.rollout_tick(made.pk)
    return device, made, Assignment.objects.get(rollout=made)


def base(device: Device) -> str:
    """Where the device polls."""
    return f"/{settings.EDGEFLEET_TENANT}/controller/v1/{device.controller_id}"
