"""From a file to its facts: the format by its first bytes, then the reader of that format.

Every reader reads each byte once at most and keeps a bounded number of them; a file that breaks its
format is `broken`, never an error.
"""

from typing import BinaryIO, Final

from ota.foreign import mcuboot, raucb, swu, tar
from ota.foreign.facts import FileFacts, FileFormat, Seal

HEAD_BYTES: Final = 512
TAR_AT: Final = 257  # bytes before the word "ustar"
TAR_MEMBERS_MAX: Final = 2000  # that are told
OCI_MARK: Final = "oci-layout"


def read_facts(stream: BinaryIO, size: int) -> FileFacts:
    """Return what a file says of itself."""
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if head.startswith(swu.MAGICS):
        return swu.read_swu(stream)
    if head.startswith(raucb.MAGIC):
        return raucb.read_raucb(stream, size)
    if head.startswith(mcuboot.MAGIC):
        return mcuboot.read_mcuboot(stream, size)
    if head[TAR_AT:].startswith(b"ustar"):
        return _tar(stream, size)
    return FileFacts(FileFormat.FILE, Seal.UNKNOWN, "Nothing is known of this file's signature.")


def _tar(stream: BinaryIO, size: int) -> FileFacts:
    names: list[str] = []
    try:
        for name in tar.member_names(stream, size):
            names.append(name)
            if len(names) == TAR_MEMBERS_MAX:
                break
    except tar.ArchiveBreaksOff:
        return FileFacts(
            FileFormat.TAR, Seal.BROKEN, "The archive breaks off.", members=tuple(names)
        )
    kind = FileFormat.OCI if OCI_MARK in names else FileFormat.TAR
    sentence = "Nothing is known of an archive's signature."
    return FileFacts(kind, Seal.UNKNOWN, sentence, members=tuple(names))
