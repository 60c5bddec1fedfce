"""What the signer demands before it lists a release. It believes signatures, not rows.

* It is published, and the request is not stale.
* As many approvers as the key book asks for have signed it; while the book names none, rows count.
* Every file carries the builder's own signature over these very bytes for this very target,
  verified with the key that the signer holds, not with one that the database names.
* Files of other makers have no builder: they are never listed, so that nobody takes them for ours,
  and their clients check their makers' signatures. What approvers sign names them by digest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from builds.models import Artifact
from builds.signing import BadSignature, PublicKey, open_envelope
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.instruction import ARTIFACT_TYPE, ArtifactStatement, parse_statement
from device_agent.protocol.manifest import ABI
from ota.choices import RequestState
from ota.engine.states import ReleaseState
from ota.models import Release, ReleaseArtifact
from ota.models.repository import SigningRequest
from ota.trust.admission import approval
from ota.trust.tuf.role_metadata import ReleaseTarget
from ota.trust.tuf.roles import target_path

REQUEST_LIFE = timedelta(days=30)
RATE_PER_HOUR = 120  # releases; a flood of requests is an attack or a mistake


@dataclass(frozen=True)
class Trusted:
    """Whose signatures count, as the key book says."""

    artifacts: Sequence[PublicKey]
    approvers: Sequence[PublicKey] = ()
    threshold: int = 0  # of approvers


def objections(request: SigningRequest, trusted: Trusted, now: datetime) -> list[str]:
    """Return every reason not to list the release."""
    release = request.release
    found = []
    if release.state != ReleaseState.PUBLISHED:
        found.append(f"it is {release.state}")
    approvals = release.approvals.count()
    if approvals < settings.EDGEFLEET_APPROVALS_MIN:
        found.append(f"{approvals} of {settings.EDGEFLEET_APPROVALS_MIN} approvals are there")
    if request.created_at < now - REQUEST_LIFE:
        found.append("the request is too old")
    try:
        release_targets(release, trusted)
    except (BadSignature, ProtocolError) as error:
        found.append(str(error).rstrip("."))
    return found


def rate_left(now: datetime) -> int:
    """Return how many requests may be signed just now."""
    recent = SigningRequest.objects.filter(
        state=RequestState.SIGNED, decided_at__gt=now - timedelta(hours=1)
    )
    return max(0, RATE_PER_HOUR - recent.count())


def release_targets(release: Release, trusted: Trusted) -> list[ReleaseTarget]:
    """Return a release's files as the repository lists them. Raises BadSignature or
    ProtocolError.
    """
    rows = release.artifacts.select_related("artifact")
    targets = [
        _target(release, row, row.artifact, trusted.artifacts)
        for row in rows
        if row.artifact is not None
    ]
    if trusted.approvers:
        signed = approval.signatures(release, trusted.approvers)
        if signed < trusted.threshold:
            raise BadSignature(f"{signed} of {trusted.threshold} approvers have signed it.")
    return targets


def path_of(release: Release, row: ReleaseArtifact) -> str:
    """Return the path of a release's file in the repository."""
    return target_path(
        model=release.product, version=release.label, target=row.target, filename=row.filename
    )


def _target(
    release: Release, row: ReleaseArtifact, built: Artifact, keys: Sequence[PublicKey]
) -> ReleaseTarget:
    payload = open_envelope(built.signature, ARTIFACT_TYPE, keys)
    stated = parse_statement(payload)
    model, label = release.product, release.label
    claimed = ArtifactStatement(row.sha256, row.size_bytes, stated.kind, model, label, row.target)
    if claimed != stated:
        raise BadSignature(f"The builder signed {row.filename} as something else.")
    custom = {
        "abi": ABI,
        "counter": release.counter,
        "kind": stated.kind,
        "model": model,
        "release": release.public_id,
        "target": row.target,
        "version": label,
    }
    return ReleaseTarget(path_of(release, row), row.sha256, row.size_bytes, custom)
