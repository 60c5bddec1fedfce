"""Targets: the CPU profiles that artifacts are built for, as data files."""

from builds.targets.boards import (
    Board,
    UnknownBoard,
    all_boards,
    board_for,
    load_board,
    split_slot,
)
from builds.targets.catalog import BadTarget, UnknownTarget, all_targets, load_target, target_names
from builds.targets.spec import Kind, Target

__all__ = [
    "BadTarget",
    "Board",
    "Kind",
    "Target",
    "UnknownBoard",
    "UnknownTarget",
    "all_boards",
    "all_targets",
    "board_for",
    "load_board",
    "load_target",
    "split_slot",
    "target_names",
]
