"""Which deltas are wanted: from what devices say that they run to what they are to run.

Only files that this service released are ever a source, and of each target only those that most
devices report, so that no device that lies makes work without end.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from django.db.models import Count
from django.db.models.fields.json import KT

from builds.choices import ArtifactKind
from fleet.devices import selectors as devices
from fleet.devices.models import Group
from fleet.lib.jobs import enqueue
from ota.models import Delta, Release, ReleaseArtifact

DELTA_MAKE: Final = "ota.tasks.delta_make"
# All that the bytes depend on beside the two files; another number is another delta.
FLAGS: Final = "detools sequential, lzma, window 1 MiB, maker 1"
SOURCES_MAX: Final = 20  # of each target, the most frequent first
WHOLE: Final = ""  # the source of a file that is only compressed


def takes_deltas(artifact: ReleaseArtifact) -> bool:
    """Tell whether devices apply deltas to this: our own agent does, to its bundles."""
    return artifact.artifact is not None and artifact.artifact.kind == ArtifactKind.BUNDLE


def ask_for_group(release: Release, group: Group) -> None:
    """Have all deltas made that the members of a group would need for a release."""
    found = release.artifacts.select_related("artifact")
    wanted = {each.target: each for each in found if takes_deltas(each)}
    told = _reported(group, wanted)
    for target, artifact in wanted.items():
        for source in _pick_sources(told.get(target, []), artifact):
            ask(source, artifact)


def ask(source: str, artifact: ReleaseArtifact) -> None:
    """Have one delta made, unless it is or was."""
    row, fresh = Delta.objects.get_or_create(source=source, target=artifact.sha256, flags=FLAGS)
    if fresh:
        enqueue(DELTA_MAKE, row.pk)


def is_source(sha256: str, artifact: ReleaseArtifact) -> bool:
    """Tell whether a digest is that of another file that was released for the same devices."""
    return bool(_pick_sources([sha256], artifact)[1:])


def _reported(group: Group, targets: Iterable[str]) -> Mapping[str, list[str]]:
    """Return which files the members of each target say they run, the most frequent first."""
    members = devices.group_members(group).filter(target__in=list(targets)).order_by()
    rows = members.values_list("target", KT("running__sha256")).annotate(count=Count("pk"))
    found: dict[str, list[str]] = {}
    for target, sha256, _ in sorted(rows, key=lambda row: -row[2]):
        if sha256:
            found.setdefault(target, []).append(sha256)
    return found


def _pick_sources(sources: list[str], artifact: ReleaseArtifact) -> list[str]:
    """Return none, and those of the sources that were released for the same target."""
    some = [each for each in sources[:SOURCES_MAX] if each != artifact.sha256]
    released = ReleaseArtifact.objects.filter(
        sha256__in=some, target=artifact.target, artifact__kind=ArtifactKind.BUNDLE
    )
    there = set(released.values_list("sha256", flat=True))
    return [WHOLE, *(each for each in some if each in there)]
