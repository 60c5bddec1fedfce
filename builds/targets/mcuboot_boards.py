"""Boards that start an image of firmware and model by MCUboot: where its slot is, read from
`mcuboot_board_data/<name>.toml`. Boards whose firmware loads models: `model_slot_boards.py`.

Guarantees: a Board's numbers are positive and aligned, and its target exists. The service builds
for the board of a target that says `reference = true`; for another, `builds.export --board NAME`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from builds.targets.catalog import BadTarget, UnknownTarget, load_target
from builds.targets.spec import Kind

ALIGN = 32  # bytes; addresses and sizes of a slot are multiples of it
ADDRESSES = 2**32  # bytes that a pointer reaches
WRITES = (1, 2, 4, 8, 16, 32)  # bytes of a flash write that MCUboot knows
HEADER_MIN = 32  # bytes of an MCUboot header
ENDING = ".toml"
BOARD_BYTES = 16 * 1024  # of a board's file
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
CODE_SHARE = 4  # of a slot that is split, code gets one part in so many: whole erase sectors


class UnknownBoard(LookupError):
    """Nobody has described this board, or the target has none."""


@dataclass(frozen=True)
class Board:
    """A product's memory for one model: a flash slot, and RAM for the arena."""

    name: str
    title: str
    target: str
    slot_address: int
    slot_bytes: int
    ram_address: int
    ram_bytes: int
    header_bytes: int  # the MCUboot header is padded to this, so that vectors or tables align
    write_align: int  # smallest flash write
    reference: bool = False  # the one of its target that builds use when nobody names another


def all_boards() -> tuple[Board, ...]:
    """Every board, by name."""
    return tuple(board for _, board in sorted(_boards().items()))


def load_board(name: str) -> Board:
    """The board of this name."""
    try:
        return _boards()[name]
    except KeyError:
        known = ", ".join(sorted(_boards()))
        raise UnknownBoard(f"there is no board {name[:64]!r}; the boards are: {known}") from None


def board_for(target: str) -> Board:
    """The reference board of a target."""
    for board in all_boards():
        if board.target == target and board.reference:
            return board
    raise UnknownBoard(f"no board is described for target {target[:64]!r}")


def read_board(word: str) -> tuple[str, str]:
    """Name and text of a board: of one that is shipped, or of a file of somebody's own."""
    path = Path(word)
    if path.suffix != ENDING:
        load_board(word)
        return word, (files("builds.targets") / "mcuboot_board_data" / f"{word}{ENDING}").read_text(
            "utf-8"
        )
    try:
        with path.open("rb") as file:
            data = file.read(BOARD_BYTES + 1)
        if len(data) > BOARD_BYTES:
            raise BadTarget(f"board {path.stem}: a board's file has at most {BOARD_BYTES} bytes")
        return path.stem, data.decode()
    except OSError as error:
        raise UnknownBoard(f"the board {word} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadTarget(f"board {path.stem}: the file is not text in UTF-8") from None


@cache
def _boards() -> Mapping[str, Board]:
    folder = files("builds.targets") / "mcuboot_board_data"
    return {
        entry.name.removesuffix(".toml"): parse_board(
            entry.name.removesuffix(".toml"), entry.read_text("utf-8")
        )
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    }


def split_slot(board: Board) -> tuple[Board, Board]:
    """The board with a slot for code and one for weights, in the place of one for both."""
    code_bytes = board.slot_bytes // CODE_SHARE
    weights = replace(
        board,
        slot_address=board.slot_address + code_bytes,
        slot_bytes=board.slot_bytes - code_bytes,
    )
    return replace(board, slot_bytes=code_bytes), weights


def parse_board(name: str, text: str) -> Board:
    """Read one data file, refusing what a Board cannot be."""
    if not NAME.fullmatch(name):
        raise BadTarget(f"a board's name has up to 64 letters, digits and -_., not {name[:64]!r}")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadTarget(f"board {name}: {error}") from None
    kinds = {field.name: field.type for field in fields(Board) if field.name != "name"}
    if wrong := set(kinds).symmetric_difference({"reference": False} | raw):
        raise BadTarget(f"board {name}: missing or unknown fields: {', '.join(sorted(wrong))}")
    for key, kind in kinds.items():
        if key in raw and (type(raw[key]) is not kind or not (raw[key] or kind is bool)):
            raise BadTarget(f"board {name}: {key} must be a non-empty value of its kind")
    board = Board(name=name, **raw)
    _require_sound(board, raw)
    return board


def _require_sound(board: Board, raw: Mapping[str, Any]) -> None:
    for key in ("slot_address", "slot_bytes", "ram_address", "ram_bytes", "header_bytes"):
        if raw[key] < 0 or raw[key] % ALIGN:
            raise BadTarget(f"board {board.name}: {key} must be a multiple of {ALIGN}")
    if not HEADER_MIN <= board.header_bytes < board.slot_bytes:
        raise BadTarget(f"board {board.name}: header_bytes must fit its slot")
    ends = (board.slot_address + board.slot_bytes, board.ram_address + board.ram_bytes)
    if max(ends) > ADDRESSES:
        raise BadTarget(f"board {board.name}: slot and RAM must end within 32 bits of address")
    if board.slot_address < ends[1] and board.ram_address < ends[0]:
        raise BadTarget(f"board {board.name}: slot and RAM must not overlap")
    if board.write_align not in WRITES:
        known = ", ".join(map(str, WRITES))
        raise BadTarget(f"board {board.name}: write_align must be one of {known}")
    if _kind(board) is not Kind.MCU:
        raise BadTarget(f"board {board.name}: {board.target} is not a microcontroller")


def _kind(board: Board) -> Kind:
    try:
        return load_target(board.target).kind
    except UnknownTarget as error:
        raise BadTarget(f"board {board.name}: {error}") from None
