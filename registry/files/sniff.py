"""What kind of file was pushed: judged by its first bytes, never by its name. Pure.

Everything that is refused is refused with the reason, since people push what they have.
"""

import io
import re
from typing import BinaryIO, Final

from fleet.lib.errors import Refused
from registry.choices import Format

HEAD_BYTES: Final = 16
TFLITE_LEAST_BYTES: Final = 64  # no model with a tensor in it is smaller
PICKLE: Final = (
    "Pickles run code when they are read; save the model as .keras, ONNX, .pt2 or .skops."
)
HDF5: Final = (
    "HDF5 models (.h5) run their author's code when they are loaded, and safe loading is not "
    "possible for them; save as .keras."
)
PACKED: Final = "Compressed files are not read; push the model file itself."
# An ONNX file begins with the version of its format, a small number, and goes on with the next
# field that its writer gives.
ONNX_VERSION: Final = 0x08
ONNX_NEXT: Final = frozenset({0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42})
SPACES: Final = b" \t\r\n"
ARCHIVE_HEAD: Final = 30  # bytes before the name of an archive's first member
ARCHIVE_NAME: Final = 64
SKOPS_FIRST: Final = re.compile(rb"[0-9]+\.npy|schema\.json")
IMPULSE_METADATA: Final = b"model-parameters/model_metadata.h"
# An archive's directory lies at its end, behind it a comment of up to 64 KiB.
TAIL_BYTES: Final = 2 * 1024**2 + 128 * 1024
REFUSED_HEADS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89HDF\r\n\x1a\n", HDF5),
    *((b"\x80" + bytes([protocol]), PICKLE) for protocol in range(2, 6)),
    (b"\x93NUMPY", "This is a NumPy array, not a model."),
    (b"\x1f\x8b", PACKED),
    (b"BZh", PACKED),
    (b"\xfd7zXZ", PACKED),
    (b"GGUF", "This is a language model (GGUF), which no device here can run."),
)


def is_skops(stream: BinaryIO) -> bool:
    """Whether an archive is one of skops: arrays named by numbers, or a schema, come first."""
    head = stream.read(ARCHIVE_HEAD + ARCHIVE_NAME)
    stream.seek(0)
    length = int.from_bytes(head[26:28], "little")
    return SKOPS_FIRST.fullmatch(head[ARCHIVE_HEAD : ARCHIVE_HEAD + length]) is not None


def is_edge_impulse(stream: BinaryIO) -> bool:
    """Whether an archive's directory names the header that each deployment of Edge Impulse has."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - TAIL_BYTES))
    tail = stream.read(TAIL_BYTES)
    stream.seek(0)
    return IMPULSE_METADATA in tail


def sniff(head: bytes, size_bytes: int) -> Format:
    """The format of a file that starts with `head`. Raises Refused with the reason."""
    if size_bytes == 0:
        raise Refused("The file is empty.", code="unreadable")
    for magic, sentence in REFUSED_HEADS:
        if head.startswith(magic):
            raise Refused(sentence, code="wrong_format")
    if head[4:8] == b"TFL3":
        if size_bytes < TFLITE_LEAST_BYTES:
            raise Refused("The .tflite file was cut off.", code="unreadable")
        return Format.TFLITE
    if head.startswith(b"PK\x03\x04"):
        return Format.KERAS
    if len(head) > 2 and head[0] == ONNX_VERSION and head[1] < 128 and head[2] in ONNX_NEXT:
        return Format.ONNX
    if head.lstrip(SPACES).startswith(b"{"):
        return Format.JSON
    raise Refused(
        "The file is neither a .keras archive nor a .tflite model nor an ONNX one, nor does it "
        "describe a classical model.",
        code="wrong_format",
    )
