"""A model as an image for one board's slot, with the headers that its firmware needs.

Guarantees: the payload is the one that the service makes of the same model, version and board; a
signed image is verified before it is given away; the key never meets the model's file.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from builds.export.archive import pack
from builds.export.errors import ExportError
from builds.export.material import Material
from builds.image import Firmware, Identity, build_firmware, pack_image, table_sources
from builds.image.layout import IMAGE_MAX, TRAILER_BYTES
from builds.targets import Board

PAYLOAD: Final = "payload.bin"
SIGNED: Final = "model.signed.bin"
MEMBERS_BYTES: Final = 64 * 1024**2  # of an archive that is opened to be signed
BUILD_NUMBER: Final = 0  # of a version that no service counted


@dataclass(frozen=True)
class ImageSigning:
    """The key that signs an image, and the counter that it gets."""

    counter: int
    sign: Callable[[bytes], bytes]
    public_key: bytes  # 32 bytes of Ed25519, or P-256 in PEM


def with_image(material: Material, board: Board) -> Material:
    """The material with the payload for the board's slot, and the words of the slot's files."""
    if material.target != board.target:
        raise ExportError(
            f"The board {board.name} is one of {board.target}, not of {material.target}."
        )
    made = build_firmware(material.files, board, cflags=material.cflags, facts=material.told())
    headers = {name: text.encode() for name, text in table_sources().items()}
    return replace(
        material,
        facts={**material.facts, **_words(board, made)},
        more={PAYLOAD: made.payload, **headers},
    )


def signed(archive: bytes, root: str, board: Board, identity: Identity, by: ImageSigning) -> bytes:
    """The archive with its payload as a signed image beside it."""
    members = _members(archive, root)
    if PAYLOAD not in members:
        raise ExportError("The archive has no payload to sign.")
    firmware = Firmware(members[PAYLOAD], board.slot_address + board.header_bytes, 0)
    image = pack_image(firmware, board, identity, sign=by.sign, public_key=by.public_key)
    return pack({**members, SIGNED: image}, ".zip", root=root)


def _members(archive: bytes, root: str) -> dict[str, bytes]:
    """Unpack what a child made, no further than the limit."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            infos = opened.infolist()
            if sum(info.file_size for info in infos) > MEMBERS_BYTES or len(archive) > IMAGE_MAX:
                raise ExportError(f"An archive to sign has at most {MEMBERS_BYTES} bytes.")
            return {i.filename.removeprefix(f"{root}/"): opened.read(i) for i in infos}
    except (zipfile.BadZipFile, NotImplementedError):
        raise ExportError("What is to be signed is not an archive of a payload.") from None


def _words(board: Board, made: Firmware) -> dict[str, str]:
    end = board.slot_address + board.slot_bytes
    room = board.slot_bytes - board.header_bytes - TRAILER_BYTES
    return {
        "board": board.name,
        "slot_address": f"{board.slot_address:#010x}",
        "slot_bytes": f"{board.slot_bytes:#x}",
        "slot_end": f"{end:#010x}",
        "slot_room": f"{room:,}",
        "header_bytes": f"{board.header_bytes:#x}",
        "trailer_bytes": f"{TRAILER_BYTES:#x}",
        "table_address": f"{board.slot_address + board.header_bytes:#010x}",
        "slot_ram_address": f"{board.ram_address:#010x}",
        "slot_ram_bytes": f"{board.ram_bytes:#x}",
        "write_align": str(board.write_align),
        "payload_bytes": f"{len(made.payload):,}",
        "payload_ram": f"{made.ram_bytes:,}",
    }
