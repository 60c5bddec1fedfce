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
from builds.image.flat import flat_bytes
from builds.image.layout import TRAILER_BYTES
from builds.targets import Board, load_target, split_slot
from builds.toolchain import ToolchainError, compile_all, compiler_by_name, image_sizes, link_image
from builds.toolchain.elf import Elf
from builds.toolchain.script import Addresses

TABLE_FLAGS = ("-O1",)
TABLE_FILES = ("ef_common.h", "ef_table.h", "ef_table.cc")
FACTS_FLAG = "-DEF_TABLE_FACTS"
TABLE_SYMBOL = "ef_model_table"
WEIGHTS_SOURCE = "model_weights.cc"


@dataclass(frozen=True)
class Firmware:
    """The payload of a model image: bytes for `address`, and the RAM it uses."""

    payload: bytes
    address: int
    ram_bytes: int


def table_sources() -> Mapping[str, str]:
    """The table's headers and source, for images and for those who write the firmware."""
    folder = resources("builds.image.firmware")
    return {name: (folder / name).read_text("utf-8") for name in TABLE_FILES}


def build_firmware(
    files: Mapping[str, str],
    board: Board,
    *,
    cflags: Sequence[str],
    compiler: str = "clang",
    weights: int | None = None,
    facts: Mapping[str, str] | None = None,
) -> Firmware:
    """Link the model's sources for the board's slot; `weights` is the address of those apart.

    `facts` are the files of `facts_files`, for images that hold one training.
    """
    with tempfile.TemporaryDirectory(prefix="edgefleet-image-") as name:
        folder = Path(name)
        try:
            image = _link(_Sources(files, facts or {}, cflags), board, folder, compiler, weights)
            _, _, bss_bytes, data_bytes = image_sizes(image)
        except ToolchainError as error:
            raise ImageError(str(error)) from None
        if data_bytes:
            raise ImageError(f"the model has {data_bytes} bytes of initialised variables")
        start = board.slot_address + board.header_bytes
        payload = flat_bytes(Elf(image.read_bytes()), start, TABLE_SYMBOL)
        firmware = Firmware(payload, start, bss_bytes)
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


@dataclass(frozen=True)
class _Sources:
    model: Mapping[str, str]
    facts: Mapping[str, str]
    cflags: Sequence[str]


def _link(
    sources: _Sources, board: Board, folder: Path, compiler: str, weights: int | None
) -> Path:
    target, with_compiler = load_target(board.target), compiler_by_name(compiler)
    flags = (*TABLE_FLAGS, FACTS_FLAG) if sources.facts else TABLE_FLAGS
    model = compile_all(
        sources.model, target, folder, cflags=sources.cflags, compiler=with_compiler
    )
    head = {**sources.facts, **table_sources()}
    table = compile_all(head, target, folder, cflags=flags, compiler=with_compiler)
    image = folder / "image.elf"
    addresses = Addresses(board.slot_address + board.header_bytes, board.ram_address, weights)
    link_image(
        [*model, *table], target, image, addresses, compiler=with_compiler, entry=TABLE_SYMBOL
    )
    return image


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
