"""Compiles the boards' firmware, as a script in a process of its own: `python -m
fleet.demo.chips.firmware TARGET OUT`. What is there already is not made again.
"""

import sys
from pathlib import Path
from typing import Final

from builds.image.chip import MACHINES, board_firmware, host_board

RUNS: Final = 0o700


def main(target: str, out: Path) -> None:
    """Write the firmware of a board, whole or not at all."""
    if out.exists():
        return
    program = board_firmware(target, target) if target in MACHINES else host_board(target)
    part = out.with_suffix(".part")
    part.write_bytes(program)
    part.chmod(RUNS)
    part.replace(out)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
