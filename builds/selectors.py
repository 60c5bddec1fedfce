"""Questions about builds and artifacts, each by name. The console, the API and the rollouts ask
these same ones."""

from typing import Any

from django.db.models import QuerySet

from builds.build_diff import Change, change_between
from builds.choices import ArtifactKind
from builds.models import Artifact, Build, Int8Model
from builds.targets import Kind, UnknownTarget, load_target
from fleet.lib.errors import NotFound
from fleet.lib.jobs import ACTIVE, JobState
from registry.models import ModelVersion

# What a device of each kind installs.
INSTALLED = {
    Kind.MCU: ArtifactKind.IMAGE,
    Kind.LINUX: ArtifactKind.BUNDLE,
    Kind.WASM: ArtifactKind.LIBRARY,
}


def builds(**wanted: str) -> QuerySet[Build]:
    """Builds with what a list shows, by `version` (its public id), `target` and `state`; cursor
    order is the newest first.
    """
    named = {"version__public_id" if k == "version" else k: word for k, word in wanted.items()}
    return Build.objects.select_related("version__model", "int8_model").filter(**named)


def builds_of(version: ModelVersion) -> QuerySet[Build]:
    """The builds of a version, the newest first."""
    return builds().filter(version=version).order_by("-created_at", "-pk")


def build_get(public_id: str) -> Build:
    """One build with its log."""
    found = builds().prefetch_related("steps").filter(public_id=public_id).first()
    if found is None:
        raise NotFound(f"There is no build {public_id[:40]}.")
    return found


def build_result(cache_key: str) -> Build | None:
    """The build that the cache serves for these inputs."""
    return builds().filter(cache_key=cache_key, state=JobState.SUCCEEDED, forced=False).first()


def build_active(cache_key: str) -> Build | None:
    """The build that is making this now."""
    return Build.objects.filter(cache_key=cache_key, state__in=ACTIVE).first()


def build_latest(version: ModelVersion, target: str) -> Build | None:
    """The newest successful build of a version for a target."""
    return builds_of(version).filter(target=target, state=JobState.SUCCEEDED).first()


def build_before(build: Build) -> Build | None:
    """The newest successful build of an earlier version of the same model for the same target."""
    earlier = builds().filter(
        version__model=build.version.model,
        version__number__lt=build.version.number,
        target=build.target,
        state=JobState.SUCCEEDED,
    )
    return earlier.order_by("-version__number", "-pk").first()


def build_change(build: Build, earlier: Build) -> Change | None:
    """What a device that has the earlier build would need; None where a report does not tell."""
    reports = [build.report or {}, earlier.report or {}]
    if not all("sections" in report for report in reports):
        return None  # not done, or built before reports told it
    return change_between(earlier.report or {}, build.report or {})


def build_matrix(version: ModelVersion) -> dict[str, Build]:
    """The newest build for each target: one row of the matrix."""
    matrix: dict[str, Build] = {}
    for build in builds_of(version):
        matrix.setdefault(build.target, build)
    return dict(sorted(matrix.items()))


def artifacts_of(build: Build) -> QuerySet[Artifact]:
    """The files of a build, by name."""
    return build.artifacts.order_by("filename")


def artifact_get(public_id: str) -> Artifact:
    """One artifact with its build."""
    query = Artifact.objects.select_related("build__version__model", "blob")
    found: Artifact | None = query.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(f"There is no artifact {public_id[:40]}.")
    return found


def artifact_for(version: ModelVersion, target: str) -> Artifact | None:
    """What a device of this target installs of this version: image or bundle of the newest good
    build.
    """
    try:
        kind = INSTALLED[load_target(target).kind]
    except UnknownTarget:
        return None
    build = build_latest(version, target)
    return None if build is None else build.artifacts.filter(kind=kind).first()


def image_counter(build: Build) -> int | None:
    """The security counter in the images of a build; None where its target has no image."""
    try:
        mcu = load_target(build.target).kind is Kind.MCU
    except UnknownTarget:
        return None
    return int(build.recipe.get("security_counter", 0)) if mcu else None


def int8_model(version: ModelVersion) -> Int8Model | None:
    """The newest int8 model of a version."""
    found: Int8Model | None = (
        Int8Model.objects.filter(version=version).order_by("-created_at", "-pk").first()
    )
    return found


def telemetry_schema(version: ModelVersion) -> dict[str, Any] | None:
    """The telemetry schema of a version's newest int8 model."""
    found = int8_model(version)
    return None if found is None else found.telemetry_schema
