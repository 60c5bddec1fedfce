"""Taking the network out of an archive of Edge Impulse, byte for byte. Pure.

The layout is that of archives that its Studio wrote: until February 2025 a header under
`tflite-model` holds the `.tflite` file as an array of unsigned characters, and its length in a
variable beside it; since then the file itself lies there, and the header names it for the linker.
With the EON compiler there is generated C++ in place of both.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from builds.sources.edge_impulse.files import UNPACKED_BYTES
from fleet.lib.errors import Refused
from registry.files.archive import read_member
from registry.files.edge_impulse.c_text import decoded
from registry.files.edge_impulse.members import MODELS, opened, root

FILES_MAX: Final = 32  # in the folder of models; real archives have one or two for each network
FILE_BYTES: Final = 64 * 1024**2
TEXTS: Final = frozenset({".h", ".c", ".cpp", ".cc"})
TFLITE: Final = ".tflite"
MAGIC: Final = b"TFL3"
COMPILED: Final = "_compiled"
ARRAY: Final = re.compile(
    r"\b(?:unsigned\s+char|uint8_t)\s+(\w+)\s*\[\s*(?:(\w+)\s*)?\][^={;\[]*=\s*\{([^{}]*)\}"
)
ITEM: Final = re.compile(r"[^,\s][^,]*")
LENGTH: Final = re.compile(r"\b(\w+)_len\s*=\s*([0-9]+)")
BYTES: Final = {
    text: value
    for value in range(256)
    for text in (f"0x{value:02x}", f"0x{value:02X}", f"0x{value:x}", f"0x{value:X}", str(value))
}


def network(stream: BinaryIO) -> bytes:
    """The one `.tflite` in an archive. Raises Refused or TooLarge with a sentence."""
    with opened(stream, limit_bytes=UNPACKED_BYTES) as archive:
        start = root(archive) + MODELS
        names = [n for n in archive.namelist() if n.startswith(start) and not n.endswith("/")]
        if len(names) > FILES_MAX:
            raise Refused(f"{MODELS} holds {len(names)} files; at most {FILES_MAX} are read.")
        found = {data for name in names for data in _networks(archive, name)}
    if len(found) == 1:
        return found.pop()
    if found:
        raise Refused(
            f"The archive holds {len(found)} networks; deploy an impulse with one learning block."
        )
    if any(PurePosixPath(name).stem.endswith(COMPILED) for name in names):
        raise Refused(
            "The network in the archive was compiled to C++ by EON, which is not read; deploy the "
            "impulse again without the EON compiler."
        )
    raise Refused("The archive holds no network: no .tflite file and no array with one.")


def arrays(text: str) -> Iterator[tuple[str, bytes]]:
    """Arrays of bytes in a text without comments, by name. Raises Refused for a wrong length."""
    lengths = {match[1]: match[2] for match in LENGTH.finditer(text)}
    for match in ARRAY.finditer(text):
        name, size, body = match.groups("")
        data = _bytes(name, body)
        for said in (size, lengths.get(name, "")):
            if said.isdecimal() and (said.lstrip("0") or "0") != str(len(data)):
                raise Refused(f"The array {name[:64]} has {len(data)} bytes, not {said[:16]}.")
        yield name, data


def _networks(archive: zipfile.ZipFile, name: str) -> list[bytes]:
    kind = PurePosixPath(name)
    if kind.suffix != TFLITE and (kind.suffix not in TEXTS or kind.stem.endswith(COMPILED)):
        return []
    data = read_member(archive, name, limit_bytes=FILE_BYTES)
    if kind.suffix == TFLITE:
        if data[4:8] != MAGIC:
            raise Refused(f"{name} in the archive is not a .tflite model.")
        return [data]
    return [found for _, found in arrays(decoded(data, name)) if found[4:8] == MAGIC]


def _bytes(name: str, body: str) -> bytes:
    try:
        return bytes(BYTES[item[0].rstrip()] for item in ITEM.finditer(body))
    except KeyError as error:
        raise Refused(f"The array {name[:64]} holds something that is not a byte.") from error
