"""Which files a release is made of: for every built target what its devices install."""

import hashlib

from builds import selectors as builds
from builds.choices import Weights
from builds.models import Artifact
from builds.services import build_request
from fleet.lib.actor import Actor
from fleet.lib.jobs import JobState
from ota.models import Release, ReleaseArtifact
from ota.releases.gates import BuildFacts
from registry import blobs
from registry.models import ModelVersion


def candidates(version: ModelVersion) -> list[Artifact]:
    """Return the newest installable artifact of each target that was built, by target."""
    done = version.builds.filter(state=JobState.SUCCEEDED)
    targets = done.order_by("target").values_list("target", flat=True).distinct()
    found = (builds.artifact_for(version, target) for target in targets)
    return [artifact for artifact in found if artifact is not None]


def all_facts(release: Release) -> list[BuildFacts]:
    """Return the numbers of every target that the release gates want."""
    return [facts(release, artifact) for artifact in candidates(release.version)]


def facts(release: Release, artifact: Artifact) -> BuildFacts:
    """Return the numbers of one target that the release gates want."""
    build, int8 = artifact.build, artifact.build.int8_model
    proof = (build.report or {}).get("proof") or {}
    return BuildFacts(
        target=build.target,
        proof_equal=proof.get("equal") is True,
        float_accuracy=int8.float_accuracy if int8 else None,
        int8_accuracy=int8.int8_accuracy if int8 else None,
        counter=release.counter,
        image_counter=builds.image_counter(build),
    )


def build_again(release: Release, by: Actor) -> None:
    """Ask again for what was built, or is being built, with another counter than the release's."""
    for target, build in builds.build_matrix(release.version).items():
        if builds.image_counter(build) not in (None, release.counter):
            build_request(
                version=release.version,
                targets=[target],
                by=by,
                optimise=build.recipe["optimise"],
                weights=build.recipe.get("weights", Weights.TOGETHER),
            )


def freeze(release: Release, artifact: Artifact) -> ReleaseArtifact:
    """Write down what this target gets, with the digests that older clients check."""
    data = blobs.read(artifact.sha256)
    return ReleaseArtifact.objects.create(
        release=release,
        target=artifact.build.target,
        artifact=artifact,
        filename=artifact.filename,
        sha256=artifact.sha256,
        sha1=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        size_bytes=len(data),
    )
