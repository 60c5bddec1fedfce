"""What kind of file was pushed: judged by its first bytes, never by its name. Pure.

Everything that is refused is refused with the reason, since people push what they have.
"""

from typing import Final

from fleet.lib.errors import Refused
from registry.choices import Format

HEAD_BYTES: Final = 16
TFLITE_LEAST_BYTES: Final = 64  # no model with a tensor in it is smaller
REFUSED_HEADS: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x89HDF\r\n\x1a\n", "HDF5 models (.h5) run their author's code when they are loaded, and "
     "safe loading is not possible for them; save as .keras."),
    (0, b"\x80\x02", "Pickles run code when they are read; save the model as .keras."),
    (0, b"\x80\x03", "Pickles run code when they are read; save the model as .keras."),
    (0, b"\x80\x04", "Pickles run code when they are read; save the model as .keras."),
    (0, b"\x80\x05", "Pickles run code when they are read; save the model as .keras."),
    (0, b"\x93NUMPY", "This is a NumPy array, not a model."),
    (0, b"\x1f\x8b", "Compressed archives are not read; push the .keras or .tflite file itself."),
    (0, b"ustar", "Archives are not read; push the .keras or .tflite file itself."),
    (0, b"GGUF", "This is a language model (GGUF), which no device here can run."),
)  # fmt: skip


def sniff(head: bytes, size_bytes: int) -> Format:
    """The format of a file that starts with `head`. Raises Refused with the reason."""
    if size_bytes == 0:
        raise Refused("The file is empty.", code="unreadable")
    for offset, magic, sentence in REFUSED_HEADS:
        if head[offset : offset + len(magic)] == magic:
            raise Refused(sentence, code="wrong_format")
    if head[4:8] == b"TFL3":
        if size_bytes < TFLITE_LEAST_BYTES:
            raise Refused("The .tflite file was cut off.", code="unreadable")
        return Format.TFLITE
    if head.startswith(b"PK\x03\x04"):
        return Format.KERAS
    raise Refused("The file is neither a .keras archive nor a .tflite model.", code="wrong_format")
