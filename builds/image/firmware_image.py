"""A model as position-fixed machine code for one board's slot, with a table at its head.

Guarantees:
* with weights apart, code and weights are two payloads for two slots, and the code's bytes are the
  same for every training;
* the payload holds no relocation and no initialised variable: the firmware zeroes a range of RAM
  and calls through the table (`firmware/ef_table.h` is the contract);
* a model that is larger than the slot or its RAM is refused with both numbers.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path

from builds.image.errors import ImageError, ImageTooLarge
from builds.targets import Board, load_target, split_slot
from builds.toolchain import ToolchainError, compile_all, compiler_by_name, image_sizes, link_image
from builds.toolchain.elf import SHT_NOBITS, Elf
from builds.toolchain.script import Addresses

TABLE_FLAGS = ("-O1",)
TABLE_SYMBOL = "ef_model_table"
WEIGHTS_SOURCE = "model_weights.cc"
TRAILER_BYTES = 4096  # kept free at the end of a slot for MCUboot's records and swap state
ERASED = b"\xff"


@dataclass(frozen=True)
class Firmware:
    """The payload of a model image: bytes for `address`, and the RAM it uses."""

    payload: bytes
    address: int
    ram_bytes: int


def table_sources() -> Mapping[str, str]:
    """The table's header and source, for images and for those who write the firmware."""
    folder = resources("builds.image.firmware")
    return {name: (folder / name).read_text("utf-8") for name in ("ef_table.h", "ef_table.cc")}


def build_firmware(
    files: Mapping[str, str],
    board: Board,
    *,
    cflags: Sequence[str],
    compiler: str = "clang",
    weights: int | None = None,
) -> Firmware:
    """Link the model's sources for the board's slot; `weights` is the address of those apart."""
    with tempfile.TemporaryDirectory(prefix="edgefleet-image-") as name:
        folder = Path(name)
        try:
            image = _link(files, board, folder, cflags, compiler, weights)
            _, _, bss_bytes, data_bytes = image_sizes(image)
        except ToolchainError as error:
            raise ImageError(str(error)) from None
        if data_bytes:
            raise ImageError(f"the model has {data_bytes} bytes of initialised variables")
        firmware = _flatten(Elf(image.read_bytes()), board, bss_bytes)
    _check_room(firmware, board)
    return firmware


def build_parts(
    files: Mapping[str, str], section: bytes, board: Board, *, cflags: Sequence[str]
) -> tuple[Firmware, Firmware]:
    """Code and weights (`section`) for the two slots of `split_slot`."""
    for_code, for_weights = split_slot(board)
    address = for_weights.slot_address + for_weights.header_bytes
    code = {name: text for name, text in files.items() if name != WEIGHTS_SOURCE}
    weights = Firmware(section, address, 0)
    _check_room(weights, for_weights)
    return build_firmware(code, for_code, cflags=cflags, weights=address), weights


def _link(
    files: Mapping[str, str],
    board: Board,
    folder: Path,
    cflags: Sequence[str],
    compiler: str,
    weights: int | None,
) -> Path:
    target, with_compiler = load_target(board.target), compiler_by_name(compiler)
    model = compile_all(files, target, folder, cflags=cflags, compiler=with_compiler)
    table = compile_all(table_sources(), target, folder, cflags=TABLE_FLAGS, compiler=with_compiler)
    image = folder / "image.elf"
    addresses = Addresses(board.slot_address + board.header_bytes, board.ram_address, weights)
    link_image(
        [*model, *table], target, image, addresses, compiler=with_compiler, entry=TABLE_SYMBOL
    )
    return image


def _flatten(image: Elf, board: Board, ram_bytes: int) -> Firmware:
    start = board.slot_address + board.header_bytes
    payload = bytearray()
    for piece in image.pieces:
        if piece.kind == SHT_NOBITS:
            continue
        offset = piece.address - start
        if offset < len(payload):
            raise ImageError("the linked image has code outside of the slot")
        payload += ERASED * (offset - len(payload)) + piece.data
    if image.symbols.get(TABLE_SYMBOL) != start:
        raise ImageError("the linked image does not begin with its table")
    return Firmware(bytes(payload), start, ram_bytes)


def _check_room(firmware: Firmware, board: Board) -> None:
    room = board.slot_bytes - board.header_bytes - TRAILER_BYTES
    if len(firmware.payload) > room:
        raise ImageTooLarge(
            f"the model needs {len(firmware.payload)} bytes of flash, "
            f"the slot of {board.name} has {room}"
        )
    if firmware.ram_bytes > board.ram_bytes:
        raise ImageTooLarge(
            f"the model needs {firmware.ram_bytes} bytes of RAM, "
            f"{board.name} gives {board.ram_bytes}"
        )
