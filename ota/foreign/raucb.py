"""RAUC's bundles: a squashfs image, a CMS signature behind it, and the signature's length at the
end.

A `verity` or `crypt` bundle has its manifest inside the signature; that of a `plain` one lies
compressed in the image and is not read.
"""

import re
from typing import BinaryIO, Final

from ota.foreign.cms import CMS_MAX, read_cms
from ota.foreign.facts import FileFacts, FileFormat, Seal

MAGIC: Final = b"hsqs"
LENGTH_BYTES: Final = 8  # big-endian, at the end of the file
_MANIFEST: Final = re.compile(rb"\[update\]([^\[]{0,4000})")
_COMPATIBLE: Final = re.compile(rb"^compatible=([^\r\n]{1,128})", re.MULTILINE)
_VERSION: Final = re.compile(rb"^version=([^\r\n]{1,64})", re.MULTILINE)
_FORMAT: Final = re.compile(rb"\[bundle\][^\[]{0,1000}?^format=([a-z]{1,10})", re.MULTILINE)


def read_raucb(stream: BinaryIO, size: int) -> FileFacts:
    """Return what a bundle says of itself. Two short reads."""
    stream.seek(max(size - LENGTH_BYTES, 0))
    length = int.from_bytes(stream.read(LENGTH_BYTES), "big")
    if not 0 < length <= size - LENGTH_BYTES - len(MAGIC):
        return FileFacts(
            FileFormat.RAUC, Seal.UNSIGNED, "There is no signature at the bundle's end."
        )
    if length > CMS_MAX:
        sentence = f"The signature has {length} bytes; at most {CMS_MAX} are read."
        return FileFacts(FileFormat.RAUC, Seal.BROKEN, sentence)
    stream.seek(size - LENGTH_BYTES - length)
    der = stream.read(length)
    manifest = _MANIFEST.search(der)
    inside = manifest[0] if manifest else b""
    cms = read_cms(der, b"")
    if cms is None:
        return FileFacts(
            FileFormat.RAUC, Seal.BROKEN, "The signature at the bundle's end cannot be read as CMS."
        )
    how = _FORMAT.search(der)
    kind = how[1].decode() if how else ("verity" if manifest else "plain")
    who = ", ".join(cms.signers) or "a signer whose certificate is not inside"
    return FileFacts(
        FileFormat.RAUC,
        Seal.SIGNED,
        f"A {kind} bundle, signed by {who}; devices decide whether they trust it.",
        version=_first(_VERSION, inside),
        boards=tuple(filter(None, [_first(_COMPATIBLE, inside)])),
        signers=cms.signers,
    )


def _first(pattern: re.Pattern[bytes], text: bytes) -> str:
    found = pattern.search(text)
    return found[1].decode("utf-8", "replace").strip() if found else ""
