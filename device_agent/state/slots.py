"""The two slots: written aside, verified while written, hashed again before anything runs.

* A bundle has one encoding, so the digest of a slot is the digest of the bundle it came from:
  the files are hashed as the archive they would make. The signed documents lie beside them, so a
  slot proves on its own what it is, even when the agent's state is lost.
* Only a slot that is not active is ever written, and only by renaming whole files over old ones.
"""

import hashlib
from posixpath import join
from typing import Protocol

from device_agent.errors import AgentError, Unverified
from device_agent.protocol import bundle
from device_agent.protocol.bundle import BLOCK, CHUNK, END, MANIFEST
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.instruction import DOCUMENT_LIMIT, ArtifactName, Instruction
from device_agent.protocol.manifest import MEMBERS, Manifest
from device_agent.state.record import Slot, SlotContent
from device_agent.storage import durable
from device_agent.storage.port import Reader, Storage

SIGNED = "signed.json"
FILES = (MANIFEST, *MEMBERS)
ASIDE = ".new"


class BundleClaims(Protocol):
    """What a signed document says of a bundle."""

    @property
    def artifact(self) -> ArtifactName:
        """Its bytes."""
        ...

    @property
    def model(self) -> str:
        """The model's name."""
        ...

    @property
    def version(self) -> str:
        """The version's label."""
        ...

    @property
    def target(self) -> str:
        """What it was compiled for."""
        ...


def folder(slot: Slot) -> str:
    """Return where a slot lies."""
    return f"slot-{slot}"


def write_slot(
    storage: Storage, slot: Slot, source: str, *, instruction: Instruction, document: bytes
) -> Manifest:
    """Unpack the bundle at ``source``; refused unless its bytes are those that were signed."""
    manifest = unpack(storage, folder(slot), source, instruction)
    put_document(storage, slot, document)
    return manifest


def unpack(storage: Storage, place: str, source: str, instruction: BundleClaims) -> Manifest:
    """Unpack the bundle at ``source`` into a folder; refused unless it is what was signed."""
    storage.make_folder(place)
    storage.sync_folder("")
    with storage.open(source) as file:
        hashing = _Hashing(file)
        try:
            manifest = bundle.read_bundle(hashing, lambda name: _Aside(storage, place, name))
        except ProtocolError as error:
            raise Unverified(str(error)) from error
    _require_signed_bytes(hashing, instruction.artifact)
    _require_instructed(manifest, instruction)
    for name in FILES:
        storage.sync(join(place, name + ASIDE))
    for name in FILES:
        storage.rename(join(place, name + ASIDE), join(place, name))
    return manifest


def slot_holds(storage: Storage, slot: Slot, *, sha256: str, length: int) -> bool:
    """Tell whether the slot's files, hashed now, are the bundle with this digest."""
    try:
        return _slot_digest(storage, slot) == (sha256, length)
    except AgentError:
        return False


def slot_is(storage: Storage, slot: Slot, content: SlotContent) -> bool:
    """Tell whether the slot's files, hashed now, are what they should be."""
    return slot_holds(storage, slot, sha256=content.sha256, length=content.length)


def slot_document(storage: Storage, slot: Slot) -> bytes | None:
    """Return the signed documents in a slot."""
    return storage.read(join(folder(slot), SIGNED), limit=DOCUMENT_LIMIT + 1)


def put_document(storage: Storage, slot: Slot, document: bytes) -> None:
    """Lay the signed documents beside the slot's files, if they do not lie there already."""
    if slot_document(storage, slot) != document:
        durable.replace(storage, join(folder(slot), SIGNED), document)


def disown(storage: Storage, slot: Slot) -> None:
    """Make sure that a slot's content is not trusted, even if the agent's state is lost."""
    durable.remove(storage, join(folder(slot), SIGNED))


def _slot_digest(storage: Storage, slot: Slot) -> tuple[str, int]:
    digest, total = hashlib.sha256(), 0
    for name in FILES:
        path = join(folder(slot), name)
        length = storage.size(path) or 0
        digest.update(bundle.header(name, length))
        read = _hash_file(storage, path, digest)
        padding = bytes(-read % BLOCK)
        digest.update(padding)
        total += BLOCK + read + len(padding)
    digest.update(END)
    return digest.hexdigest(), total + len(END)


def _hash_file(storage: Storage, path: str, digest: "hashlib._Hash") -> int:
    read = 0
    with storage.open(path) as file:
        while data := file.read(CHUNK):
            digest.update(data)
            read += len(data)
    return read


def _require_signed_bytes(hashing: "_Hashing", signed: ArtifactName) -> None:
    if (hashing.digest.hexdigest(), hashing.length) != (signed.sha256, signed.length):
        raise Unverified("The bundle's bytes are not those that were signed.")


def _require_instructed(manifest: Manifest, instruction: BundleClaims) -> None:
    claims = {
        "model": (manifest.model, instruction.model),
        "version": (manifest.version, instruction.version),
        "target": (manifest.target, instruction.target),
    }
    for claim, (found, wanted) in claims.items():
        if found != wanted:
            raise Unverified(
                f"The bundle holds {claim} '{found}', the instruction says '{wanted}'."
            )


class _Hashing:
    def __init__(self, file: Reader) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.length = 0

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        self.length += len(data)
        return data


class _Aside:
    def __init__(self, storage: Storage, place: str, name: str) -> None:
        self._storage, self._path = storage, join(place, name + ASIDE)
        storage.create(self._path)

    def write(self, data: bytes, /) -> object:
        self._storage.append(self._path, data)
        return None
