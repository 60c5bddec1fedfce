"""`python -m tests.device_agent.chip.slot_sweep`: a chip stopped at every operation of its flash.

Updates of eight kinds (good, wrong bytes, vectors that differ, crash or hang, a trial that crashes,
hangs or is not confirmed), on flash of four shapes, with the log at many positions; each is stopped
before, in and after every operation, or the operation is refused, and stopped again at every
operation of what follows. Prints the figures; exit code 1 when a promise of the slots did not hold.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from tests.device_agent.chip.native import compile_program, figures

STATES_WANTED = 50_000
STRIDE = 5  # every fifth position of the log
SECONDS = 3600.0


def main() -> int:
    """Run the whole sweep."""
    with tempfile.TemporaryDirectory() as name:
        program = compile_program(
            Path(name) / "sweep", ["slot_sweep.cc"], parts=("slots",), flags=("-O2",)
        )
        start = time.monotonic()
        found = dict(figures(program, 2, STRIDE, seconds=SECONDS))
        found["seconds"] = round(time.monotonic() - start, 1)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0 if found["states"] >= STATES_WANTED and not found["violations"] else 1


if __name__ == "__main__":
    sys.exit(main())
