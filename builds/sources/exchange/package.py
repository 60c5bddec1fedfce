"""The file: a zip of a manifest, a signature over the manifest's digest, and blobs by their digest.

Guarantees: nothing of the manifest is believed before its digest is found signed by a trusted key;
a blob is its digest or refused; sizes are bounded before anything is unpacked.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, Final

from builds.signing import BadSignature, PublicKey, Signer, open_envelope, seal
from fleet.lib.canonical import canonical_json
from fleet.lib.errors import Forbidden, Refused
from fleet.lib.hashing import sha256_hex
from fleet.lib.text import strict_json
from registry import blobs
from registry.files.archive import ArchiveBounds, open_archive, read_member

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "signature.json"
PAYLOAD_TYPE: Final = "application/vnd.edgefleet.version-export+json"
MANIFEST_MAX: Final = 32 * 1024 * 1024  # bytes
SIGNATURE_MAX: Final = 64 * 1024
MEMBERS_MAX: Final = 1000
TIME: Final = (1980, 1, 1, 0, 0, 0)  # the same content is the same file
RATIO: Final = 2000  # manifests are text


@dataclass(frozen=True)
class Package:
    """An opened file whose manifest a trusted key signed."""

    archive: zipfile.ZipFile
    manifest: Mapping[str, Any]
    text: bytes  # of the manifest, as it was signed
    keyid: str
    digest: str  # of the text

    @contextmanager
    def blob(self, sha256: str) -> Iterator[IO[bytes]]:
        """A blob as a stream. Raises Refused where it is missing; the reader checks its digest."""
        name = blob_name(sha256)
        if name not in self.archive.namelist():
            raise Refused(f"The file lacks the blob {sha256[:12]} that its manifest names.")
        with self.archive.open(name) as stream:
            yield stream


def blob_name(sha256: str) -> str:
    """Where a blob lies in the file."""
    return f"blobs/{sha256}"


def write(
    out: BinaryIO, manifest: Mapping[str, Any], digests: Iterable[str], signer: Signer
) -> str:
    """Write the file; gives the manifest's digest."""
    text = json.dumps(manifest, sort_keys=True, allow_nan=False).encode()
    said = {"format": FORMAT, "manifest_sha256": sha256_hex(text)}
    envelope = seal(canonical_json(said), PAYLOAD_TYPE, signer)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(MANIFEST, TIME), text)
        archive.writestr(zipfile.ZipInfo(SIGNATURE, TIME), json.dumps(envelope, sort_keys=True))
        for digest in sorted(set(digests)):
            with blobs.open(digest) as blob:
                info = zipfile.ZipInfo(blob_name(digest), TIME)
                with archive.open(info, "w", force_zip64=True) as member:
                    while piece := blob.read(1024 * 1024):
                        member.write(piece)
    return str(said["manifest_sha256"])


@contextmanager
def opened(stream: BinaryIO, keys: Iterable[PublicKey], *, limit_bytes: int) -> Iterator[Package]:
    """The file, verified. Raises Refused or TooLarge for an unsound one, Forbidden for one that
    no trusted key signed.
    """
    bounds = ArchiveBounds(members=MEMBERS_MAX, unpacked_bytes=limit_bytes, ratio=RATIO)
    with open_archive(stream, bounds) as archive:
        if missing := {MANIFEST, SIGNATURE} - set(archive.namelist()):
            raise Refused(f"This is not an exported version: {min(missing)} is missing.")
        text = read_member(archive, MANIFEST, limit_bytes=MANIFEST_MAX)
        signed = strict_json.parse(
            read_member(archive, SIGNATURE, limit_bytes=SIGNATURE_MAX), at=SIGNATURE
        )
        digest = sha256_hex(text)
        keyid = _signed_by(signed, digest, keys)
        manifest = strict_json.parse(text, at=MANIFEST)
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise Refused(f"The manifest is not of the format {FORMAT}.")
        yield Package(archive, manifest, text, keyid, digest)


def _signed_by(envelope: Any, digest: str, keys: Iterable[PublicKey]) -> str:
    """The key that signed the manifest's digest. Raises Forbidden."""
    for key in keys:
        try:
            payload = open_envelope(envelope, PAYLOAD_TYPE, [key])
        except BadSignature:
            continue
        said = strict_json.parse(payload, at=SIGNATURE)
        if said == {"format": FORMAT, "manifest_sha256": digest}:
            return key.keyid
        raise Forbidden("The signature is over another manifest.", code="bad_signature")
    raise Forbidden("No key that is trusted here signed this version.", code="bad_signature")
