"""Boards: where a product has its model slot, read from `board_data/<name>.toml`.

Guarantees: a Board's numbers are positive and aligned, its target exists, and the first board of a
target by name is the one that builds use when nobody names another.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from typing import Any

from builds.targets.catalog import BadTarget, load_target
from builds.targets.spec import Kind

ALIGN = 32  # bytes; addresses and sizes of a slot are multiples of it
HEADER_MIN = 32  # bytes of an MCUboot header
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
        if board.target == target:
            return board
    raise UnknownBoard(f"no board is described for target {target[:64]!r}")


@cache
def _boards() -> Mapping[str, Board]:
    folder = files("builds.targets") / "board_data"
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
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadTarget(f"board {name}: {error}") from None
    kinds = {field.name: field.type for field in fields(Board) if field.name != "name"}
    if wrong := set(kinds).symmetric_difference(raw):
        raise BadTarget(f"board {name}: missing or unknown fields: {', '.join(sorted(wrong))}")
    for key, kind in kinds.items():
        if type(raw[key]) is not kind or not raw[key]:
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
    if load_target(board.target).kind is not Kind.MCU:
        raise BadTarget(f"board {board.name}: {board.target} is not a microcontroller")
