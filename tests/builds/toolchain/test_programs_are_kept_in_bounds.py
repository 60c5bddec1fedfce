import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from builds.toolchain import ToolFailed, ToolMissing, ToolTimeout
from builds.toolchain.run import OUTPUT_MAX, check, run

HANGING = """
import os, signal, sys, time
child = os.fork()
if child:
    open(sys.argv[1], "w").write(str(child))
signal.pause()
"""


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-I", "-c", code, *arguments]


def alive(marker: str) -> bool:
    """Whether a process of this machine has the marker among its arguments."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if marker.encode() in (entry / "cmdline").read_bytes().split(b"\0"):
                return True
    return False


def test_it_gives_code_and_both_streams(tmp_path: Path) -> None:
    code = "import sys; print('out'); sys.stderr.write('err'); sys.exit(3)"
    done = run(python(code), cwd=tmp_path, deadline_seconds=30)
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err")


def test_a_program_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "child"
    with pytest.raises(ToolTimeout, match="1 seconds"):
        run(python(HANGING, str(note)), cwd=tmp_path, deadline_seconds=1)
    assert note.read_text()
    assert not alive(str(note))


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="no-such-compiler"):
        run(["no-such-compiler"], cwd=tmp_path, deadline_seconds=1)


def test_only_the_first_part_of_its_output_is_kept(tmp_path: Path) -> None:
    done = run(python(f"print('x' * {OUTPUT_MAX * 3})"), cwd=tmp_path, deadline_seconds=30)
    assert len(done.stdout) == OUTPUT_MAX


def test_our_secrets_are_not_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    code = "import os; print(sorted(os.environ))"
    done = run(python(code), cwd=tmp_path, deadline_seconds=30, env={"GIVEN": "1"})
    assert "SECRET_KEY" not in done.stdout
    assert "GIVEN" in done.stdout
    assert "SECRET_KEY" in os.environ


def test_it_reads_nothing_from_our_input(tmp_path: Path) -> None:
    code = "import sys; print(repr(sys.stdin.read()))"
    assert run(python(code), cwd=tmp_path, deadline_seconds=30).stdout == "''\n"


def test_its_memory_can_be_capped(tmp_path: Path) -> None:
    code = "import sys, time; sys.stdin.read(); time.sleep(0.3); bytearray(10**9)"
    done = run(python(code), cwd=tmp_path, deadline_seconds=30, memory_bytes=256 * 1024 * 1024)
    assert done.returncode != 0
    assert "MemoryError" in done.stderr


def test_a_failure_says_which_step_and_why(tmp_path: Path) -> None:
    code = "import sys; sys.exit('no such register')"
    with pytest.raises(ToolFailed, match="assembling failed with exit code 1: no such register"):
        check(python(code), what="assembling", cwd=tmp_path, deadline_seconds=30)
