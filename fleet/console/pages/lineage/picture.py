"""A version's whole chain as a picture: dataset, training, model, recipe, int8, builds, releases,
and the devices that run it. What somebody may not see is not in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.safestring import SafeString

from builds import selectors as builds
from builds.models import Build, Int8Model
from fleet.console.svg.flow import FlowBox, FlowColumn, flow
from fleet.devices.models import Device
from ota.models import Release
from registry.choices import DatasetKind
from registry.models import ModelVersion, Run

BOXES_MAX: Final = 8  # of one column
LOOKS: Final = {"succeeded": "good", "published": "good", "failed": "bad", "refused": "bad"}


@dataclass(frozen=True)
class Lineage:
    """The picture, and the same as columns of links."""

    picture: SafeString
    columns: tuple[FlowColumn, ...]


def lineage(
    version: ModelVersion, user: User | AnonymousUser, matrix: Mapping[str, Build]
) -> Lineage:
    """Return the chain of a version; `matrix` is its newest build of each target."""
    run, built = run_of(version), user.has_perm("access.builds_read")
    made = list(matrix.values()) if built else []
    int8 = builds.int8_model(version) if built else None
    rows = version.releases.prefetch_related("artifacts__artifact")
    released = list(rows) if user.has_perm("access.ota_read") else []
    # Devices are many, and only what was published can run on them.
    known = user.has_perm("access.devices_read") and any(row.published_at for row in released)
    running = devices_running(version) if known else None
    columns = [
        FlowColumn("Datasets", _few(_datasets(version, run))),
        FlowColumn("Training", _training(version, run)),
        FlowColumn("Model", (_model(version),)),
        FlowColumn("Recipe", (_recipe(int8, made),) if int8 else ()),
        FlowColumn("Int8", (_int8(int8),) if int8 else ()),
        FlowColumn("Builds", _few(map(_build, made))),
        FlowColumn("Releases", _few(map(_release, released))),
        FlowColumn("Devices", () if running is None else (_devices(version, running),)),
    ]
    shown = tuple(column for column in columns if column.boxes)
    title = f"Where {version} comes from, and what becomes of it"
    return Lineage(flow(title, shown, list(_edges(version, run, made, released))), shown)


def devices_running(version: ModelVersion) -> int:
    """Return how many devices say that they run a version."""
    return Device.objects.filter(
        running__model=version.model.name, running__version=version.label
    ).count()


def run_of(version: ModelVersion) -> Run | None:
    """Return the run that a version was registered from, if it was."""
    origin = getattr(version, "origin", None)
    return origin.run if origin else None


def _datasets(version: ModelVersion, run: Run | None) -> Iterable[FlowBox]:
    for number, named in enumerate(run.inputs if run else ()):
        yield FlowBox(f"input {number}", str(named.get("name", "")), "trained on")
    for use in version.version_datasets.all():
        href = reverse("console:dataset", args=[use.dataset.public_id])
        yield FlowBox(f"dataset {use.kind}", use.dataset.name, use.kind, href)


def _training(version: ModelVersion, run: Run | None) -> tuple[FlowBox, ...]:
    commit = str(version.lineage.get("git_commit") or version.lineage.get("commit") or "")
    if run is not None:
        href = reverse("console:run", args=[run.public_id])
        return (FlowBox("training", run.name, commit[:12] or run.experiment.name, href),)
    return (FlowBox("training", commit[:16], "commit"),) if commit else ()


def _model(version: ModelVersion) -> FlowBox:
    href = reverse("console:version", args=[version.model.name, version.number])
    return FlowBox("model", str(version), version.format, href, "own")


def _recipe(int8: Int8Model, made: list[Build]) -> FlowBox:
    scheme = str(made[0].recipe.get("scheme", "int8")) if made else "int8"
    return FlowBox("recipe", scheme, int8.recipe_digest[:12])


def _int8(int8: Int8Model) -> FlowBox:
    measured = int8.int8_accuracy
    note = "" if measured is None else f"accuracy {measured:.1%}"
    return FlowBox("int8", int8.blob_id[:12], note)


def _build(build: Build) -> FlowBox:
    report: dict[str, Any] = build.report or {}
    flash = report.get("flash_bytes", {}).get("total")
    note = f"{flash / 1024:.1f} KiB flash" if flash else str(build.state)
    href = reverse("console:build", args=[build.public_id])
    return FlowBox(f"build {build.target}", build.target, note, href, _look(build.state))


def _release(release: Release) -> FlowBox:
    href = reverse("console:release", args=[release.public_id])
    made = f"{release.created_at:%Y-%m-%d}"
    return FlowBox(f"release {release.pk}", made, str(release.state), href, _look(release.state))


def _devices(version: ModelVersion, running: int) -> FlowBox:
    query = f"runs/model={version.model.name} and runs/version={version.label}"
    href = f"{reverse('console:devices')}?{urlencode({'q': query})}"
    return FlowBox("devices", f"{running} run it", "say so themselves", href)


def _look(state: str) -> str:
    return LOOKS.get(str(state), "")


def _edges(
    version: ModelVersion, run: Run | None, made: list[Build], released: list[Release]
) -> Iterable[tuple[str, str]]:
    for number, _ in enumerate(run.inputs if run else ()):
        yield f"input {number}", "training"
    for use in version.version_datasets.all():
        calibrates = use.kind == DatasetKind.CALIBRATION
        yield f"dataset {use.kind}", "recipe" if calibrates else "int8"
    yield from (("training", "model"), ("model", "recipe"), ("recipe", "int8"))
    targets = {build.pk: f"build {build.target}" for build in made}
    for key in targets.values():
        yield "int8", key
    for release in released:
        used = {row.artifact.build_id for row in release.artifacts.all() if row.artifact}
        for number in used & set(targets):
            yield targets[number], f"release {release.pk}"
        if release.published_at:
            yield f"release {release.pk}", "devices"


def _few(boxes: Iterable[FlowBox]) -> tuple[FlowBox, ...]:
    """Return the first boxes of a column, and how many more there are."""
    every = tuple(boxes)
    if len(every) <= BOXES_MAX:
        return every
    rest = len(every) - BOXES_MAX + 1
    return (*every[: BOXES_MAX - 1], FlowBox(f"more {every[0].key}", f"and {rest} more"))
