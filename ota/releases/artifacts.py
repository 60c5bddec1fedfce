"""Which files a release is made of: for every built target what its devices install."""

import hashlib
from collections.abc import Collection

from builds import selectors as builds
from builds.choices import Weights
from builds.models import Artifact
from builds.services import build_request
from fleet.lib.actor import Actor
from fleet.lib.jobs import JobState
from ota.models import Release, ReleaseArtifact, ReleaseModule, SoftwareFile, SoftwareModule
from ota.releases.objections import BuildFacts
from registry import blobs
from registry.models import ModelVersion

ANY_TARGET = ""  # of a file that is for every device


def candidates(version: ModelVersion | None) -> list[Artifact]:
    """Return the newest installable artifact of each target that was built, by target."""
    if version is None:
        return []
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
    version = release.version
    matrix = builds.build_matrix(version).items() if version is not None else ()
    for target, build in matrix:
        if version is not None and builds.image_counter(build) not in (None, release.counter):
            build_request(
                version=version,
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


def modules_of(release: Release) -> list[SoftwareModule]:
    """Return the modules of other makers that a release holds, in order, with their files."""
    rows = ReleaseModule.objects.filter(release=release).select_related("module")
    return [row.module for row in rows.prefetch_related("module__files")]


def freeze_modules(release: Release, built: Collection[str]) -> list[ReleaseArtifact]:
    """Write down what devices get that no build was made for: one row a target, or one for any.

    Where the release has builds, its modules come beside those and need no row of their own.
    """
    modules = [module for module in modules_of(release) if module.files.all()]
    targets = {module.target for module in modules} if not built else set()
    found = []
    for target in sorted(targets):
        meant = [module for module in modules if module.target in (ANY_TARGET, target)]
        found.append(_head(release, target, meant[0].files.all()[0]))
    return found


def _head(release: Release, target: str, first: SoftwareFile) -> ReleaseArtifact:
    return ReleaseArtifact.objects.create(
        release=release,
        target=target,
        artifact=None,
        filename=first.filename,
        sha256=first.sha256,
        sha1=first.sha1,
        md5=first.md5,
        size_bytes=first.size_bytes,
    )
