"""The bundle: a plain ustar archive with exactly one valid encoding.

* Members, in this order and no others: ``manifest.json``, ``libmodel.so``, ``golden.bin``,
  ``telemetry_schema.json``. Every header is compared with the one we would write, byte by byte, so
  there is no path, link, mode or owner to be careful about.
* Every member's length and SHA-256 must be the manifest's; a missing digest is impossible.
* Reading streams: memory use does not grow with the bundle.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.manifest import (
    MANIFEST_LIMIT,
    MEMBERS,
    Manifest,
    Member,
    dump_manifest,
    parse_manifest,
)

MANIFEST = "manifest.json"
BLOCK = 512
END = bytes(2 * BLOCK)
CHUNK = 64 * 1024  # bytes read at once


class Source(Protocol):
    """Where a bundle is read from."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes; none at the end."""
        ...


class Sink(Protocol):
    """Where a member goes."""

    def write(self, data: bytes, /) -> object:
        """Take these bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Contents:
    """A whole bundle in memory, for those who can afford it."""

    manifest: Manifest
    members: Mapping[str, bytes]


def member_of(data: bytes) -> Member:
    """Return what the manifest must say of these bytes."""
    return Member(hashlib.sha256(data).hexdigest(), len(data))


def write_bundle(manifest: Manifest, members: Mapping[str, bytes]) -> bytes:
    """Return the bundle's bytes; refused unless members are those of the manifest."""
    for name in MEMBERS:
        if member_of(members[name]) != manifest.members[name]:
            raise ProtocolError(f"The manifest does not describe this {name}.")
    files = {MANIFEST: dump_manifest(manifest), **{name: members[name] for name in MEMBERS}}
    parts = [header(name, len(data)) + data + _padding(len(data)) for name, data in files.items()]
    return b"".join(parts) + END


def read_bundle(source: Source, sink_of: Callable[[str], Sink]) -> Manifest:
    """Check a bundle while its members stream into the sinks; the manifest is written too."""
    raw = _read_manifest(source)
    manifest = parse_manifest(raw)
    sink_of(MANIFEST).write(raw)
    for name in MEMBERS:
        _copy_member(source, name, manifest.members[name], sink_of(name))
    if _exactly(source, len(END)) != END or source.read(1):
        raise ProtocolError("The bundle does not end where it should.")
    return manifest


def load_bundle(source: Source) -> Contents:
    """Return a whole bundle in memory."""
    sinks: dict[str, _Memory] = {}
    manifest = read_bundle(source, lambda name: sinks.setdefault(name, _Memory()))
    return Contents(manifest, {name: bytes(sinks[name].data) for name in MEMBERS})


def header(name: str, length: int) -> bytes:
    """Return the one ustar header of a member: a regular file, mode 644, owner 0, time 0."""
    fields = b"".join(
        (
            name.encode("ascii").ljust(100, b"\0"),
            b"0000644\0" + b"0000000\0" * 2,
            b"%011o\0" % length,
            b"00000000000\0",
            b" " * 8,
            b"0",
            bytes(100),
            b"ustar\x0000",
            bytes(BLOCK - 265),
        )
    )
    return fields[:148] + b"%06o\0 " % sum(fields) + fields[156:]


class _Memory:
    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes, /) -> object:
        self.data += data
        return None


def _read_manifest(source: Source) -> bytes:
    head = _exactly(source, BLOCK)
    try:
        length = int(head[124:135], 8)
    except ValueError as error:
        raise ProtocolError("This is not a bundle.") from error
    if not 0 < length <= MANIFEST_LIMIT or head != header(MANIFEST, length):
        raise ProtocolError(f"A bundle begins with a {MANIFEST} of at most {MANIFEST_LIMIT} bytes.")
    raw = _exactly(source, length)
    _skip_padding(source, length)
    return raw


def _copy_member(source: Source, name: str, member: Member, sink: Sink) -> None:
    if _exactly(source, BLOCK) != header(name, member.length):
        raise ProtocolError(f"The bundle's next member is not the {name} of its manifest.")
    digest, left = hashlib.sha256(), member.length
    while left:
        data = _exactly(source, min(left, CHUNK))
        digest.update(data)
        sink.write(data)
        left -= len(data)
    if digest.hexdigest() != member.sha256:
        raise ProtocolError(f"The bundle's {name} does not have the digest of its manifest.")
    _skip_padding(source, member.length)


def _exactly(source: Source, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        data = source.read(size - len(parts))
        if not data:
            raise ProtocolError("The bundle is cut short.")
        parts += data
    return bytes(parts)


def _padding(length: int) -> bytes:
    return bytes(-length % BLOCK)


def _skip_padding(source: Source, length: int) -> None:
    if any(_exactly(source, -length % BLOCK)):
        raise ProtocolError("The bundle's padding is not zero.")
