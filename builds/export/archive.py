"""Archives whose bytes depend on nothing but names and contents.

Guarantees: members are sorted, carry no time, owner or mode of this machine, and are stored as they
are: a compressor's output would differ from one version of zlib to the next.
"""

import io
import re
import tarfile
import zipfile
from collections.abc import Callable, Mapping

from builds.export.errors import ExportError

MEMBER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
MEMBERS_MAX = 1000
ARCHIVE_MAX = 256 * 1024**2  # bytes of all members together
DOS_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can hold
FILE_MODE = 0o644
UNIX = 3  # zip's number of the system whose modes it holds


def pack(files: Mapping[str, bytes], suffix: str, *, root: str = "") -> bytes:
    """Put the files into one archive, under the folder `root` when it is given."""
    packer = PACKERS.get(suffix)
    if packer is None:
        known = ", ".join(sorted(PACKERS))
        raise ExportError(f"An archive's name ends in one of {known}, not in {suffix[:16]!r}.")
    placed = {f"{root}/{name}" if root else name: data for name, data in files.items()}
    _require_plain_names(placed)
    return packer(dict(sorted(placed.items())))


def _require_plain_names(files: Mapping[str, bytes]) -> None:
    if not files or len(files) > MEMBERS_MAX:
        raise ExportError(f"An archive holds 1 to {MEMBERS_MAX} files, not {len(files)}.")
    for name in files:
        if not MEMBER.fullmatch(name):
            raise ExportError(f"No archive can have a member named {name[:80]!r}.")
    if sum(map(len, files.values())) > ARCHIVE_MAX:
        raise ExportError(f"An archive holds at most {ARCHIVE_MAX // 1024**2} MiB.")


def _tar(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), FILE_MODE
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            member = zipfile.ZipInfo(name, DOS_EPOCH)
            member.create_system, member.external_attr = UNIX, FILE_MODE << 16
            archive.writestr(member, data)
    return out.getvalue()


PACKERS: Mapping[str, Callable[[Mapping[str, bytes]], bytes]] = {
    ".tar": _tar,
    ".zip": _zip,
    ".pack": _zip,
}
