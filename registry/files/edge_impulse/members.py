"""Which members of an archive are read, and within which bounds. Pure."""

import zipfile
from typing import Any, BinaryIO, Final

from fleet.lib.errors import Refused
from registry.files.archive import ArchiveBounds, open_archive, read_member
from registry.files.edge_impulse.c_text import decoded

METADATA: Final = "model-parameters/model_metadata.h"
VARIABLES: Final = "model-parameters/model_variables.h"
MODELS: Final = "tflite-model/"
HEADER_BYTES: Final = 1024**2  # of one with parameters; real ones have some kilobytes
# The library of a deployment has some thousands of files with long names.
BOUNDS: Final[dict[str, Any]] = {
    "members": 8192,
    "ratio": 100,
    "directory_bytes": 2 * 1024**2,
}


def opened(stream: BinaryIO, *, limit_bytes: int) -> zipfile.ZipFile:
    """The archive, checked. Raises Refused or TooLarge."""
    return open_archive(stream, ArchiveBounds(unpacked_bytes=limit_bytes, **BOUNDS))


def root(archive: zipfile.ZipFile) -> str:
    """The folder in which the library lies: empty, or with a slash at its end. Raises Refused."""
    ends = [n for n in archive.namelist() if f"/{n}".endswith(f"/{METADATA}")]
    if len(ends) != 1:
        raise Refused(f"The archive has {METADATA} {len(ends)} times; deploy one impulse.")
    return ends[0].removesuffix(METADATA)


def parameters(archive: zipfile.ZipFile) -> str:
    """The headers with constants, labels and blocks, as one text without comments."""
    start, names = root(archive), set(archive.namelist())
    wanted = [name for name in (start + METADATA, start + VARIABLES) if name in names]
    texts = (read_member(archive, name, limit_bytes=HEADER_BYTES) for name in wanted)
    return "\n".join(decoded(data, name) for name, data in zip(wanted, texts, strict=True))
