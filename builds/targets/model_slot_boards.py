"""Boards with model slots: a firmware that takes models as images of their own, without a new
firmware. Read from `model_slot_board_data/<name>.toml`.

Such a board is a target by its own name: an image is linked for its map of memory and fits no
other board of the same CPU. It is built where it is asked for by name: "all" does not mean it.

Guarantees: a map's slots, run area and RAM do not overlap, and its CPU profile exists.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

from builds.targets.catalog import BadTarget, UnknownTarget, target_names
from builds.targets.catalog import load_target as load_profile
from builds.targets.spec import Kind, Target

ENDING: Final = ".toml"
ALIGN: Final = 32
ADDRESSES: Final = 2**32


@dataclass(frozen=True)
class ChipMap:
    """Where a chip has its model slots, and where it runs models."""

    slots: tuple[int, int]  # addresses
    slot_bytes: int
    run: int  # images linked for this address fit either slot: the firmware copies them
    run_bytes: int
    ram: int
    ram_bytes: int

    @property
    def areas(self) -> tuple[tuple[int, int], ...]:
        """Address and bytes of each part."""
        slots = tuple((slot, self.slot_bytes) for slot in self.slots)
        return (*slots, (self.run, self.run_bytes), (self.ram, self.ram_bytes))


@dataclass(frozen=True)
class SlotBoard:
    """A board with model slots, and the CPU profile that its code is made for."""

    name: str
    title: str
    profile: str
    places: ChipMap

    @property
    def target(self) -> Target:
        """The profile under the board's name."""
        return replace(load_profile(self.profile), name=self.name, title=self.title)


def all_slot_boards() -> tuple[SlotBoard, ...]:
    """Every board with model slots, by name."""
    return tuple(board for _, board in sorted(_boards().items()))


def slot_board(name: str) -> SlotBoard | None:
    """The board of this name, if it is one with model slots."""
    return _boards().get(name)


def slot_board_text(name: str) -> str:
    """The file of a board that is shipped."""
    return (files("builds.targets") / "model_slot_board_data" / f"{name}{ENDING}").read_text(
        "utf-8"
    )


def load_target(name: str) -> Target:
    """The target of this name, a CPU profile or a board; UnknownTarget says which there are."""
    board = slot_board(name)
    return board.target if board is not None else load_profile(name)


def is_target(name: str) -> bool:
    """Whether there is such a target."""
    return name in target_names() or name in _boards()


def takes_images(target: Target) -> bool:
    """Whether its devices install an image: microcontrollers, and all boards with model slots."""
    return target.kind is Kind.MCU or target.name in _boards()


def parse_slot_board(name: str, text: str) -> SlotBoard:
    """Read one data file, refusing what a board cannot be."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadTarget(f"board {name}: {error}") from None
    wanted = {field.name for field in fields(ChipMap)} | {"title", "target"}
    if wrong := wanted.symmetric_difference(raw):
        raise BadTarget(f"board {name}: missing or unknown fields: {', '.join(sorted(wrong))}")
    title, profile, slots = raw.pop("title"), raw.pop("target"), raw.pop("slots")
    if not isinstance(title, str) or not isinstance(profile, str):
        raise BadTarget(f"board {name}: title and target must be texts")
    if not isinstance(slots, list) or len(slots) != 2:
        raise BadTarget(f"board {name}: slots must be two addresses")
    _require_numbers(name, [*slots, *raw.values()])
    board = SlotBoard(name, title, profile, ChipMap(slots=(slots[0], slots[1]), **raw))
    _require_sound(board)
    return board


def _require_numbers(name: str, numbers: list[Any]) -> None:
    for number in numbers:
        if type(number) is not int or number <= 0 or number % ALIGN:
            raise BadTarget(f"board {name}: addresses and sizes are multiples of {ALIGN}")


def _require_sound(board: SlotBoard) -> None:
    areas = sorted(board.places.areas)
    ends = [start + size for start, size in areas]
    starts = [start for start, _ in areas[1:]] + [ADDRESSES]
    if any(end > start for end, start in zip(ends, starts, strict=True)):
        raise BadTarget(f"board {board.name}: its areas must not overlap, within 32 bits")
    try:
        load_profile(board.profile)
    except UnknownTarget as error:
        raise BadTarget(f"board {board.name}: {error}") from None


@cache
def _boards() -> Mapping[str, SlotBoard]:
    folder = files("builds.targets") / "model_slot_board_data"
    names = [entry.name for entry in folder.iterdir() if entry.name.endswith(ENDING)]
    plain = [name.removesuffix(ENDING) for name in names]
    return {name: parse_slot_board(name, slot_board_text(name)) for name in plain}
