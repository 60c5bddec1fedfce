"""Software of other makers: modules, their files, and when either may still be changed.

* A file is stored whole under its digest or not at all; what it says of itself is read by bounded
  readers (`ota.foreign`) before it is stored.
* Once somebody has approved a release that holds a module, the module and its files stay as they
  are, so that what is published is what was approved; a revoked draft lets go of them.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from fleet.access import audit
from fleet.devices.labels.query import parse_query
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Refused, Stale, TooLarge
from fleet.lib.hashing import chunks
from ota.engine.states import ReleaseState
from ota.foreign.facts import FileFacts, dump
from ota.foreign.reading import read_facts
from ota.models import SoftwareFile, SoftwareModule
from registry import blobs

FILES_MAX: Final = 50  # of one module
TYPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# What stands in an address, and in a header's quotes, as it is.
FILENAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,119}")
RESERVED_SUFFIX: Final = ".MD5SUM"  # of the companion that the protocol makes for each file
LOCKED: Final = "is part of an approved release, which stays as it is"


@transaction.atomic
def software_module_create(
    *,
    by: Actor,
    name: str,
    version: str,
    type: str,  # noqa: A002 - the protocol's word
    target: str = "",
    compatible: str = "",
    description: str = "",
) -> SoftwareModule:
    """Make a module without files. Raises Refused, Conflict."""
    if not TYPE.fullmatch(type):
        raise Refused("A module's type has 1 to 64 letters, digits, '.', '_' or '-'.")
    if compatible:
        parse_query(compatible)
    said = {"name": name, "version": version, "type": type, "target": target}
    try:
        with transaction.atomic():
            module = SoftwareModule.objects.create(
                **said, compatible=compatible, description=description, created_by=by.label
            )
    except IntegrityError as error:
        raise Conflict(
            f"There is a module {name} {version} of the type {type} already.", code="exists"
        ) from error
    _record(by, "module_create", module, {**said, "compatible": compatible})
    return module


def software_file_add(
    *,
    by: Actor,
    module: SoftwareModule,
    filename: str,
    content: BinaryIO,
    expected_sha256: str | None = None,
) -> SoftwareFile:
    """Store a file. Raises Refused, TooLarge, Conflict; nothing is kept of what is refused."""
    _check_name(filename)
    size = _size(content)
    if size > settings.EDGEFLEET_SOFTWARE_MAX_BYTES:
        limit = settings.EDGEFLEET_SOFTWARE_MAX_BYTES
        raise TooLarge(f"The file has {size} bytes; at most {limit} are taken.")
    if not size:
        raise Refused("The file is empty.")
    facts, sums = read_facts(content, size), _checksums(content)
    content.seek(0)
    with transaction.atomic():
        _require_open(module)
        if module.files.count() >= FILES_MAX:
            raise Conflict(f"A module has at most {FILES_MAX} files.")
        blob = blobs.put(content, limit_bytes=size, expected_sha256=expected_sha256)
        row = SoftwareFile(
            module=module,
            filename=filename,
            format=facts.format,
            blob=blob,
            sha256=blob.sha256,
            size_bytes=blob.size_bytes,
            facts=_stored(facts),
            created_by=by.label,
            **sums,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise Conflict(f"{module} has a file {filename} already.", code="exists") from error
        detail = {"file": filename, "sha256": row.sha256, "format": row.format}
        _record(by, "file_add", module, detail)
    return row


@transaction.atomic
def software_file_remove(*, by: Actor, file: SoftwareFile) -> None:
    """Take a file out of its module. Raises Conflict once the module was released."""
    _require_open(file.module)
    detail = {"file": file.filename, "sha256": file.sha256}
    file.delete()
    _record(by, "file_remove", file.module, detail)


@transaction.atomic
def software_module_remove(*, by: Actor, module: SoftwareModule) -> None:
    """Take a module off the lists; releases that hold it keep it. Raises Stale."""
    there = SoftwareModule.objects.filter(pk=module.pk, removed_at=None)
    if not compare_and_set(there, removed_at=clock.now()):
        raise Stale("Somebody else removed this module first.")
    _record(by, "module_remove", module, {})


def _require_open(module: SoftwareModule) -> None:
    """Hold the module's row, as approving and publishing do: of the two, one comes first."""
    SoftwareModule.objects.select_for_update().get(pk=module.pk)
    approved = Q(release__approvals__isnull=False) & ~Q(release__state=ReleaseState.REVOKED)
    if module.releases.filter(approved | Q(release__published_at__isnull=False)).exists():
        raise Conflict(f"{module} {LOCKED}.", code="locked")


def _check_name(filename: str) -> None:
    if not FILENAME.fullmatch(filename) or filename.endswith(RESERVED_SUFFIX):
        raise Refused(
            "A file's name has 1 to 120 letters, digits, blanks, '.', '_', '+' or '-', "
            f"and does not end with {RESERVED_SUFFIX}."
        )


def _size(content: BinaryIO) -> int:
    size = content.seek(0, 2)
    content.seek(0)
    return size


def _checksums(content: BinaryIO) -> dict[str, str]:
    """Return the digests that old clients check, and nothing else relies on."""
    content.seek(0)
    sha1, md5 = (hashlib.new(name, usedforsecurity=False) for name in ("sha1", "md5"))
    for piece in chunks(content):
        sha1.update(piece)
        md5.update(piece)
    return {"sha1": sha1.hexdigest(), "md5": md5.hexdigest()}


def _stored(facts: FileFacts) -> dict[str, Any]:
    found = dump(facts)
    del found["format"]  # a column of its own
    return found


def _record(by: Actor, act: str, module: SoftwareModule, detail: Mapping[str, Any]) -> None:
    audit.record(by=by, action=f"ota.{act}", subject=module.public_id, detail=detail)
