"""A chip that is stopped at any operation of its flash keeps a good model and its lowest counter.

A small form of `make chip-sweep`; and the sweep itself is tried on slots that were broken on
purpose.
"""

import subprocess
from pathlib import Path

import pytest

from device_agent.chip import sources
from tests.device_agent.chip.native import SANITIZED, compile_program, figures, needs_gxx

pytestmark = [pytest.mark.toolchain, needs_gxx]
STRIDE = 64  # one position of the log for each kind of update and shape of flash
SLOTS, LOG = "slots.cc", "slot_log.cc"
# What a careless hand could change, and what the slots would then break.
BROKEN = {
    "the full sector of the log is erased": (LOG, "1u - log->newest", "log->newest"),
    "vectors run before the record says so": (
        SLOTS,
        "  if (save(slots) != EF_RC_OK) return EF_RC_UNKNOWN;\n  if (run_vectors",
        "  if (run_vectors",
    ),
    "a new file goes where the good one lies": (
        SLOTS,
        "return 1u - slots->record.active;",
        "return slots->record.active;",
    ),
    "a confirmation keeps the old counter": (
        SLOTS,
        "slots->record.low = record.counter;",
        "slots->record.low = slots->record.low;",
    ),
    "a place of the log is written twice": (LOG, "log->next = used;", "log->next = used - used;"),
}


def test_every_stop_leaves_a_good_model(tmp_path: Path) -> None:
    program = compile_program(
        tmp_path / "sweep", ["slot_sweep.cc"], parts=("slots",), flags=(*SANITIZED, "-O1")
    )
    found = figures(program, 1, STRIDE)
    assert found["violations"] == found["misuses"] == 0
    assert found["scenarios"] == 32
    assert found["states"] >= 1000


@pytest.mark.parametrize("name", BROKEN)
def test_the_sweep_finds_slots_that_are_broken(name: str, tmp_path: Path) -> None:
    file, text, instead = BROKEN[name]
    path = next(path for path in sources("slots") if path.name == file)
    changed = path.read_text("utf-8").replace(text, instead)
    assert changed != path.read_text("utf-8")
    program = compile_program(
        tmp_path / "sweep", ["slot_sweep.cc"], parts=("slots",), changed={file: changed}
    )
    done = subprocess.run([program, "1", str(STRIDE)], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
