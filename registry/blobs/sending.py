"""Handing a blob's bytes to the server, so that no thread waits for whoever reads them.

Guarantees:
* the bytes are a file that the server reads by itself (`wsgi.file_wrapper`): a slow reader costs an
  open file, not a thread; with `EDGEFLEET_DOWNLOADS` a proxy or the object store sends them;
* a whole blob was hashed before its first byte is sent, once an hour while its file is untouched;
* a part is never hashed, because that would cost the whole: only its blob's length is checked, and
  whoever joins parts checks the digest of the whole, as each client of ours does.
"""

import io
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple, cast

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from fleet.lib import clock
from fleet.lib.hashing import chunks, sha256_stream
from registry import blobs
from registry.blobs import BlobDamaged
from registry.blobs.window import BlobWindow

OCTETS: Final = "application/octet-stream"
KNOWN_SECONDS: Final = 3600.0  # a file that was hashed is believed for so long
TICK_SECONDS: Final = 0.1  # a file may change twice with one stamp, within a tick of the system
KNOWN_MAX: Final = 4096  # files


@dataclass(frozen=True, slots=True)
class BlobPart:
    """`length` bytes of a blob from `start`, with bytes of our own before them."""

    start: int
    length: int
    head: bytes = b""


Stamp = tuple[int, int, int, int]  # inode, bytes, nanoseconds of last change of bytes and of inode


class _Seen(NamedTuple):
    stamp: Stamp
    at: float  # Unix seconds


_seen: OrderedDict[str, _Seen] = OrderedDict()
_lock = threading.Lock()
# Of many who ask for one blob at once, one hashes it.
_turns: Final = tuple(threading.Lock() for _ in range(16))


def whole(request: HttpRequest, sha256: str, content_type: str = OCTETS) -> HttpResponseBase:
    """All bytes of a blob. Raises NotFound or BlobDamaged."""
    if elsewhere := _redirect(request, sha256):
        return elsewhere
    file = blobs.open_unchecked(sha256)
    try:
        _require_whole(sha256, file)
    except BaseException:
        file.close()
        raise
    if proxied := _proxied(sha256, content_type):
        file.close()
        return proxied
    return _answer(BlobWindow(file, 0, file.seek(0, os.SEEK_END)), content_type)


def part(request: HttpRequest, sha256: str, size_bytes: int, wanted: BlobPart) -> HttpResponseBase:
    """One part of a blob of `size_bytes`. Raises NotFound or BlobDamaged."""
    if elsewhere := _redirect(request, sha256) or _proxied(sha256, OCTETS):
        return elsewhere  # who sends the bytes reads the range as well
    file = blobs.open_part(sha256, size_bytes, wanted.start, wanted.length)
    return _answer(file, OCTETS, status=206)


def parts(
    sha256: str, size_bytes: int, wanted: Iterable[BlobPart], tail: bytes, content_type: str
) -> HttpResponseBase:
    """Several parts in one body, each behind its head. Raises NotFound or BlobDamaged.

    The body is put together first: at most as many bytes as the blob has, and its heads.
    """
    body = tempfile.TemporaryFile()  # noqa: SIM115 - the answer's
    for each in wanted:
        body.write(each.head)
        with blobs.open_part(sha256, size_bytes, each.start, each.length) as file:
            for piece in chunks(cast("BinaryIO", file)):
                body.write(piece)
    body.write(tail)
    size = body.tell()
    return _answer(BlobWindow(cast("BinaryIO", body), 0, size), content_type, status=206)


def _answer(file: io.RawIOBase, content_type: str, status: int = 200) -> FileResponse:
    return FileResponse(file, status=status, content_type=content_type)


def _redirect(request: HttpRequest, sha256: str) -> HttpResponse | None:
    """To the object store, for a client that is known to follow."""
    agent = request.headers.get("User-Agent", "")
    known = agent.startswith(tuple(settings.EDGEFLEET_REDIRECTED_AGENTS))
    if settings.EDGEFLEET_DOWNLOADS != "redirect" or not known:
        return None
    where = blobs.storage().url(blobs.path_of(sha256))
    return HttpResponse(status=307, headers={"Location": where, "Cache-Control": "no-store"})


def _proxied(sha256: str, content_type: str) -> HttpResponse | None:
    """The answer that makes the server in front send the file; None where this service does."""
    how, _, where = settings.EDGEFLEET_DOWNLOADS.partition(":")
    name = blobs.path_of(sha256)
    if how == "accel":
        headers = {"X-Accel-Redirect": f"{where.rstrip('/')}/{name}"}
    elif how == "sendfile":
        headers = {"X-Sendfile": blobs.storage().path(name)}
    else:
        return None
    return HttpResponse(content_type=content_type, headers=headers)


def _require_whole(sha256: str, file: BinaryIO) -> None:
    """Hash the file unless it was hashed before and nobody has touched it since."""
    stamp = _stamp(file)
    if _verified_before(sha256, stamp):
        return
    with _turns[int(sha256[:8], 16) % len(_turns)]:
        if _verified_before(sha256, stamp):
            return
        now = clock.now().timestamp()
        if sha256_stream(file) != sha256:
            raise BlobDamaged(f"Blob {sha256} is damaged in storage.")
        if stamp is not None and now - stamp[2] / 1e9 > TICK_SECONDS:
            _remember(sha256, _Seen(stamp, now))


def _verified_before(sha256: str, stamp: Stamp | None) -> bool:
    with _lock:
        seen = _seen.get(sha256)
    age = clock.now().timestamp() - seen.at if seen else KNOWN_SECONDS
    return bool(seen and seen.stamp == stamp and 0 <= age < KNOWN_SECONDS)


def _remember(sha256: str, seen: _Seen) -> None:
    with _lock:
        _seen[sha256] = seen
        while len(_seen) > KNOWN_MAX:
            _seen.popitem(last=False)


def _stamp(file: BinaryIO) -> Stamp | None:
    """What changes when a local file does; None for an object that was fetched."""
    try:
        found = os.fstat(file.fileno())
    except (OSError, AttributeError, io.UnsupportedOperation):
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
