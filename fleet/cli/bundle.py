"""A release in one file, and its proof with public keys alone: no service, no secret, no trust in
the file itself.

Guarantees of `faults`: nothing is unpacked to disk; a file counts only when the list names it, its
bytes have the digest of the list, the artifact key signed exactly that digest for this model,
version and target, and the builder signed how it was made.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from fleet.cli.errors import RequestRefused
from fleet.cli.signing import SIGNING_EXTRA

FORMAT: Final = 1
LIST: Final = "bundle.json"
LIST_MAX: Final = 16 * 1024 * 1024  # bytes
KEYS_MAX: Final = 1024 * 1024
MEMBERS_MAX: Final = 5000
PIECE: Final = 1024 * 1024
ARTIFACT_TYPE: Final = "application/vnd.edgefleet.artifact+json"
PROVENANCE_TYPE: Final = "application/vnd.in-toto+json"
PROVENANCE: Final = "provenance"
PROVENANCE_MAX: Final = 1024 * 1024
CLAIMS: Final = ("sha256", "length", "kind", "model", "version", "target")


@dataclass(frozen=True)
class Verified:
    """What was found: a sentence for each fault, and how many files, targets and statements are
    good.
    """

    faults: tuple[str, ...]
    files: int
    targets: int
    provenances: int


@dataclass
class Bundle:
    """An open bundle and the public keys that it is judged by, by their role."""

    archive: zipfile.ZipFile
    listed: Mapping[str, Any]
    keys: Mapping[str, Sequence[Any]]
    provenances: int = 0
    subjects: dict[str, dict[str, str]] = field(default_factory=dict)  # target -> name -> sha256

    @property
    def files(self) -> list[Mapping[str, Any]]:
        """What the list names."""
        return list(self.listed["files"])

    @property
    def release(self) -> Mapping[str, Any]:
        """The release as the service showed it."""
        found: Mapping[str, Any] = self.listed["release"]
        return found


def verified(path: Path, keys: Path) -> Verified:
    """Judge a bundle. Raises RequestRefused for what is not a bundle or not a list of keys."""
    trusted = _keys(keys)
    try:
        with zipfile.ZipFile(path) as archive:
            bundle = Bundle(archive, _listed(archive, path), trusted)
            found = tuple(faults(bundle))
            targets = {file["target"] for file in bundle.files}
            return Verified(found, len(bundle.files), len(targets), bundle.provenances)
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise RequestRefused(f"{path} is not a bundle of a release: {error}.") from error


def faults(bundle: Bundle) -> Iterator[str]:
    """Yield a sentence for everything that is not as it has to be."""
    named = {LIST, *(file["path"] for file in bundle.files)}
    for name in sorted(set(bundle.archive.namelist()) ^ named):
        yield f"{name} is not both in the bundle and on its list."
    for file in bundle.files:
        if file["path"] in bundle.archive.namelist():
            yield from _file(bundle, file)
    for file in bundle.files:
        yield from _made(bundle, file)
    installed = {(file["target"], file["sha256"]) for file in bundle.files}
    for artifact in bundle.release["artifacts"]:
        if (artifact["target"], artifact["sha256"]) not in installed:
            yield f"{artifact['filename']} for {artifact['target']} is released and not in here."


def _file(bundle: Bundle, file: Mapping[str, Any]) -> Iterator[str]:
    """The bytes of one file, and their signature."""
    path = file["path"]
    digest, size = _digest(bundle.archive, path, file["size_bytes"])
    if (digest, size) != (file["sha256"], file["size_bytes"]):
        yield f"{path} has other bytes than its list says."
        return
    said = _opened(file["signature"], ARTIFACT_TYPE, bundle.keys.get("artifacts", ()))
    if said is None:
        yield f"{path} is not signed by an artifact key that you trust."
        return
    release = bundle.release
    here = (digest, size, file["kind"], release["model"], release["label"], file["target"])
    if tuple(said.get(claim) for claim in CLAIMS) != here:
        yield f"{path} is signed as something else than it is here."
    if file["kind"] == PROVENANCE:
        yield from _provenance(bundle, file)


def _provenance(bundle: Bundle, file: Mapping[str, Any]) -> Iterator[str]:
    """What the builder says of the files of a target."""
    envelope = json.loads(bundle.archive.read(file["path"])[:PROVENANCE_MAX])
    said = _opened(envelope, PROVENANCE_TYPE, bundle.keys.get("builder", ()))
    if said is None:
        yield f"{file['path']} is not signed by a builder that you trust."
        return
    made = said["predicate"]["buildDefinition"]["externalParameters"]
    release = bundle.release
    here = (release["model"], release["label"], file["target"])
    if (made["model"], made["version"], made["target"]) != here:
        yield f"{file['path']} tells of another build."
        return
    subjects = {one["name"]: one["digest"]["sha256"] for one in said["subject"]}
    bundle.subjects[file["target"]] = subjects
    bundle.provenances += 1


def _made(bundle: Bundle, file: Mapping[str, Any]) -> Iterator[str]:
    if file["kind"] == PROVENANCE:
        return
    subjects = bundle.subjects.get(file["target"])
    if subjects is None:
        yield f"Nobody that you trust says how {file['path']} was made."
    elif subjects.get(file["filename"]) != file["sha256"]:
        yield f"The builder did not make {file['path']} as it is here."


def _opened(envelope: Any, kind: str, keys: Sequence[Any]) -> dict[str, Any] | None:
    """What an envelope holds, or None where no trusted key signed it as this kind."""
    envelope_of, _ = _library()
    try:
        signatures = [dict(signature) for signature in envelope["signatures"]]
        found = envelope_of.from_dict({**envelope, "signatures": signatures})
        if found.payload_type != kind or not keys:
            return None
        found.verify(list(keys), 1)
    except Exception:
        return None
    said = json.loads(found.payload)
    return said if isinstance(said, dict) else None


def _digest(archive: zipfile.ZipFile, path: str, size_bytes: int) -> tuple[str, int]:
    """The digest of a member, of which one byte more than its size is read at most."""
    digest, size = hashlib.sha256(), 0
    with archive.open(path) as member:
        while size <= size_bytes and (piece := member.read(min(PIECE, size_bytes + 1 - size))):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def _listed(archive: zipfile.ZipFile, path: Path) -> Mapping[str, Any]:
    members = archive.infolist()
    if len(members) > MEMBERS_MAX or len({one.filename for one in members}) != len(members):
        raise RequestRefused(f"{path} has too many members, or two of one name.")
    info = archive.getinfo(LIST)
    if info.file_size > LIST_MAX:
        raise RequestRefused(f"{path} has a list of more than {LIST_MAX} bytes.")
    listed = json.loads(archive.read(info))
    if not isinstance(listed, dict) or listed.get("format") != FORMAT:
        raise RequestRefused(f"{path} is not a bundle of format {FORMAT}.")
    return listed


def _keys(path: Path) -> Mapping[str, Sequence[Any]]:
    """The public keys of a file, by role."""
    _, key_of = _library()
    try:
        with path.open("rb") as file:
            rows = json.loads(file.read(KEYS_MAX))
        found: dict[str, list[Any]] = {}
        for row in rows:
            found.setdefault(row["role"], []).append(key_of(row["keyid"], row["public"]))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RequestRefused(f"{path} is not a list of public keys: {error}.") from error
    return found


def _library() -> tuple[Any, Callable[[str, str], Any]]:
    """The envelope's class, and what makes a key of its id and its public half."""
    # An extra of the distribution: only people that sign or verify install it.
    try:
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            load_pem_public_key,
        )
        from securesystemslib.dsse import Envelope  # noqa: PLC0415
        from securesystemslib.signer import SSlibKey  # noqa: PLC0415
    except ImportError as error:
        wanted = f"run `pip install '{SIGNING_EXTRA}'`"
        raise RequestRefused(f"Verifying needs more: {wanted}.") from error

    def key_of(keyid: str, public: str) -> Any:
        if public.startswith("-----BEGIN"):
            return SSlibKey.from_crypto(load_pem_public_key(public.encode()), keyid)
        return SSlibKey(keyid, "ed25519", "ed25519", {"public": public})

    return Envelope, key_of
