"""What kind of file was pushed: judged by its first bytes, never by its name. Pure.

Everything that is refused is refused with the reason, since people push what they have.
"""

from typing import Final

from fleet.lib.errors import Refused
from registry.choices import Format

HEAD_BYTES: Final = 16
TFLITE_LEAST_BYTES: Final = 64  # no model with a tensor in it is smaller
PICKLE: Final = "Pickles run code when they are read; save the model as .keras."
HDF5: Final = (
    "HDF5 models (.h5) run their author's code when they are loaded, and safe loading is not "
    "possible for them; save as .keras."
)
PACKED: Final = "Compressed files are not read; push the .keras or .tflite file itself."
REFUSED_HEADS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89HDF\r\n\x1a\n", HDF5),
    *((b"\x80" + bytes([protocol]), PICKLE) for protocol in range(2, 6)),
    (b"\x93NUMPY", "This is a NumPy array, not a model."),
    (b"\x1f\x8b", PACKED),
    (b"BZh", PACKED),
    (b"\xfd7zXZ", PACKED),
    (b"GGUF", "This is a language model (GGUF), which no device here can run."),
)


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
    raise Refused("The file is neither a .keras archive nor a .tflite model.", code="wrong_format")
