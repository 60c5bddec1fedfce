"""Questions about builds and artifacts, each by name. The console, the API and the rollouts ask
these same ones."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from builds.build_diff import Change, change_between
from builds.choices import ArtifactKind
from builds.models import Artifact, Build, Int8Model
from builds.targets import Kind, UnknownTarget, load_target, takes_images
from fleet.lib.errors import NotFound
from fleet.lib.jobs import ACTIVE, JobState
from registry.compare.sheets import VersionColumn
from registry.models import ModelVersion
from registry.selectors import version_facts

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


def builds_under_way(sender: Any, versions: Sequence[ModelVersion], **_: Any) -> list[str]:
    """The receiver of `versions_leave`: what is being built stays until it is."""
    del sender
    count = Build.objects.filter(version__in=versions, state__in=ACTIVE).count()
    if not count:
        return []
    return ["A build of it is under way." if count == 1 else f"{count} builds of it are under way."]


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
        found = load_target(target)
    except UnknownTarget:
        return None
    kind = ArtifactKind.IMAGE if takes_images(found) else INSTALLED[found.kind]
    build = build_latest(version, target)
    return None if build is None else build.artifacts.filter(kind=kind).first()


def image_counter(build: Build) -> int | None:
    """The security counter in the images of a build; None where its target has no image."""
    try:
        counted = takes_images(load_target(build.target))
    except UnknownTarget:
        return None
    return int(build.recipe.get("security_counter", 0)) if counted else None


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


def columns_of(versions: Sequence[ModelVersion]) -> list[VersionColumn]:
    """What is laid side by side of versions, in three reads however many they are; best read from
    `registry.selectors.versions_all`.
    """
    newest = _newest_builds(versions)
    quantised: dict[int, Int8Model] = {}
    rows = Int8Model.objects.filter(version__in=versions).order_by("created_at", "pk")
    for row in rows.select_related("version"):
        quantised[row.version_id] = row
    return [_column(one, newest.get(one.pk, {}), quantised.get(one.pk)) for one in versions]


def _newest_builds(versions: Sequence[ModelVersion]) -> dict[int, dict[str, Build]]:
    """The newest build of each version and target; a good one before one that is not."""
    found: dict[int, dict[str, Build]] = {}
    for build in builds().filter(version__in=versions).order_by("created_at", "pk"):
        mine = found.setdefault(build.version_id, {})
        if build.report or not (mine.get(build.target) and mine[build.target].report):
            mine[build.target] = build
    return found


def _column(version: ModelVersion, made: dict[str, Build], int8: Int8Model | None) -> VersionColumn:
    reports = [build.report for build in made.values() if build.report]
    measured = {
        f"accuracy, {row.engine} on {row.dataset.name}": row.metrics["accuracy"]
        for row in version.evaluations.all()
        if isinstance(row.metrics.get("accuracy"), int | float)
    }
    kept = {
        "accuracy, float": int8.float_accuracy if int8 else None,
        "accuracy, int8": int8.int8_accuracy if int8 else None,
    }
    return VersionColumn(
        facts=version_facts(version),
        named={use.kind: use.dataset.name for use in version.version_datasets.all()},
        quality=measured | {name: value for name, value in kept.items() if value is not None},
        recall=_recall(int8) if int8 else {},
        targets={target: _size(build) for target, build in sorted(made.items())},
        graph=next((found for report in reports if (found := _network(report))), None),
    )


def _network(report: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The operators that a report tells; None for one that was made before they were told."""
    told = report.get("graph")
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else None


def _size(build: Build) -> dict[str, Any]:
    report = build.report or {}
    return {
        "flash": report.get("flash_bytes", {}).get("total"),
        "ram": report.get("ram_bytes", {}).get("total"),
        "instructions": report.get("instructions"),
        "state": str(build.state),
    }


def _recall(int8: Int8Model) -> dict[str, float]:
    """Of each class that the reference has, the share that was found: from the counts of
    predictions (rows) by truth (columns).
    """
    names = [str(name) for name in int8.telemetry_schema.get("classes", ())]
    counts = int8.confidence_calibration.get("confusion") or []
    if not names or len(counts) != len(names) ** 2:
        return {}
    totals = {name: sum(counts[place :: len(names)]) for place, name in enumerate(names)}
    right = {name: counts[place * len(names) + place] for place, name in enumerate(names)}
    return {name: right[name] / total for name, total in totals.items() if total}
