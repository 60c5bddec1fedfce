"""Files of runs and logged models: bytes by digest, as all others here, never opened.

Guarantees: within the bounds of number and bytes, of one owner and of all; a path leads to a file
or to a folder, never to both.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from fleet.lib.errors import Conflict, NotFound, Refused, TooLarge
from registry import blobs
from registry.models import Blob, LoggedFile, ModelVersion, Run
from registry.tracking.bounds import check_path
from registry.tracking.places import FilePlace, below, writable

LISTED_MAX: Final = 2000  # names of one list


@dataclass(frozen=True)
class Listed:
    """A name in a folder; a folder has no size."""

    name: str
    size_bytes: int | None


def file_put(*, place: FilePlace, content: BinaryIO) -> LoggedFile:
    """Store a file at a place, in place of one that is there. Raises Refused or TooLarge."""
    owner, path = writable(place), check_path(place.path)
    if isinstance(owner, Run) and owner.deleted:
        raise Conflict(f"The run {owner.name} was put away; bring it back first.")
    _check_room(FilePlace(owner), path)
    blob = blobs.put(content, limit_bytes=settings.EDGEFLEET_MODEL_MAX_BYTES)
    by = {"run": owner} if isinstance(owner, Run) else {"logged": owner}
    with transaction.atomic():
        row, _ = LoggedFile.objects.update_or_create(**by, path=path, defaults={"blob": blob})
    return row


def file_blob(place: FilePlace) -> Blob:
    """The bytes at a place. Raises NotFound."""
    if isinstance(place.owner, ModelVersion):
        if place.path != version_file(place.owner):
            raise NotFound("There is no such file of this version.")
        return place.owner.blob
    row = place.files().filter(path=place.path).first()
    if row is None:
        raise NotFound("There is no such file.")
    return row.blob


def listed(place: FilePlace) -> list[Listed]:
    """The names right below a place, folders first and then files; empty for a file."""
    if isinstance(place.owner, ModelVersion):
        size = place.owner.blob.size_bytes
        return [] if place.path else [Listed(version_file(place.owner), size)]
    start = f"{place.path}/" if place.path else ""
    rows = ((row.path.removeprefix(start), row.blob.size_bytes) for row in place.files()
            if row.path.startswith(start))  # fmt: skip
    return _folded(rows)[:LISTED_MAX]


def version_file(version: ModelVersion) -> str:
    """The name of a version's file."""
    return f"model.{version.format}"


def _folded(rows: Iterable[tuple[str, int]]) -> list[Listed]:
    folders: set[str] = set()
    files: list[Listed] = []
    for path, size in rows:
        name, slash, _ = path.partition("/")
        if slash:
            folders.add(name)
        else:
            files.append(Listed(name, size))
    return [Listed(name, None) for name in sorted(folders)] + sorted(files, key=lambda f: f.name)


def _check_room(everything: FilePlace, path: str) -> None:
    rows = everything.files()
    if rows.exclude(path=path).count() >= settings.EDGEFLEET_LOGGED_FILES:
        raise TooLarge(f"There are at most {settings.EDGEFLEET_LOGGED_FILES} files in one place.")
    parts = path.split("/")
    above = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
    if rows.filter(path__in=above).exists() or below(rows, path).exists():
        raise Refused("A path leads to a file or to a folder, not to both.")
    stored = LoggedFile.objects.aggregate(bytes=Sum("blob__size_bytes"))["bytes"] or 0
    if stored >= settings.EDGEFLEET_LOGGED_BYTES:
        raise TooLarge(
            f"Logged files have {stored} bytes, and EDGEFLEET_LOGGED_BYTES allows no more."
        )
