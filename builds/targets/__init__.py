"""Targets: the CPUs that artifacts are built for, and boards with their slots, as data files.

`cpu_data` has a file a CPU; `mcuboot_board_data` a file a board whose image the boot loader MCUboot
starts; `model_slot_board_data` one a board whose own firmware loads models into slots that no boot
loader reads. An architecture is a word in `catalog.py`.
What a target's file names must exist: an emulator of QEMU's is a row of `builds/verify/qemu.py`,
one of unicorn's of `builds/verify/children/unicorn_cpu.py`. Which loops a CPU gets follows from its
features: `builds/compiler/operators/common/flavour.py`.
"""

from builds.targets.catalog import BadTarget, UnknownTarget, all_targets, target_names
from builds.targets.mcuboot_boards import (
    Board,
    UnknownBoard,
    all_boards,
    board_for,
    load_board,
    parse_board,
    read_board,
    split_slot,
)
from builds.targets.model_slot_boards import (
    ChipMap,
    SlotBoard,
    all_slot_boards,
    is_target,
    load_target,
    parse_slot_board,
    slot_board,
    slot_board_text,
    takes_images,
)
from builds.targets.spec import Kind, Target

__all__ = [
    "BadTarget",
    "Board",
    "ChipMap",
    "Kind",
    "SlotBoard",
    "Target",
    "UnknownBoard",
    "UnknownTarget",
    "all_boards",
    "all_slot_boards",
    "all_targets",
    "board_for",
    "is_target",
    "load_board",
    "load_target",
    "parse_board",
    "parse_slot_board",
    "read_board",
    "slot_board",
    "slot_board_text",
    "split_slot",
    "takes_images",
    "target_names",
]
