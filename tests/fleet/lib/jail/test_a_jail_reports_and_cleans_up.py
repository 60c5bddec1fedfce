"""Lines are relayed, output is bounded, results are read with care, and nothing stays behind."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from fleet.lib.errors import Unavailable
from fleet.lib.jail import Ending, JailResult, Mode, read_output, run_jailed


def run(code: str, folder: Path, **changes: Any) -> JailResult:
    limits: dict[str, Any] = {"deadline_seconds": 20, "memory_bytes": 1 << 28} | changes
    return run_jailed([sys.executable, "-I", "-c", code], workdir=folder, **limits)


def test_inputs_are_there(tmp_path: Path) -> None:
    found = run("print(open('a').read())", tmp_path, inputs={"a": b"given"})
    assert found.stdout == "given\n"


def test_lines_are_relayed_as_they_come(tmp_path: Path) -> None:
    lines: list[str] = []
    run("print('one'); print('two')\nprint('three', end='')", tmp_path, on_line=lines.append)
    assert lines == ["one", "two"]


def test_a_listener_that_raises_ends_the_child(tmp_path: Path) -> None:
    def stop(line: str) -> None:
        raise LookupError(line)

    code = "import time; print('x', flush=True); time.sleep(60)"
    with pytest.raises(LookupError, match="x"):
        run(code, tmp_path, on_line=stop)


def test_a_flood_of_output_is_cut_to_its_end(tmp_path: Path) -> None:
    found = run("import sys\nfor n in range(300000): print(n)\nprint('end')", tmp_path)
    assert len(found.stdout) <= 64 * 1024
    assert found.stdout.endswith("299999\nend\n")


def test_a_line_without_end_is_cut(tmp_path: Path) -> None:
    lines: list[str] = []
    found = run("print('y' * 10_000_000)", tmp_path, on_line=lines.append)
    assert found.ok
    assert [len(line) for line in lines] == [4096]


def test_memory_that_was_touched_is_reported(tmp_path: Path) -> None:
    code = "import time; x = b'a' * (64 << 20); time.sleep(0.3)"
    assert run(code, tmp_path).peak_bytes > 64 << 20


def test_a_command_that_is_not_there_is_a_fault_of_the_setup(tmp_path: Path) -> None:
    found = run_jailed(
        ["/usr/bin/none"], workdir=tmp_path, deadline_seconds=5, memory_bytes=1 << 28
    )
    assert found.ending is Ending.SETUP
    assert "No such file" in found.detail


def test_a_crash_tells_its_signal(tmp_path: Path) -> None:
    found = run("import os, signal; os.abort()", tmp_path)
    assert found.ending is Ending.SIGNALLED
    assert found.code == -6


def test_no_mount_or_folder_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    work = tmp_path / "work"
    work.mkdir()
    run("pass", work)
    assert list(tmp_path.iterdir()) == [work]
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()


def test_where_nothing_works_it_refuses(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="neither user namespaces nor seccomp filters"):
        run("pass", tmp_path, mode=Mode.NONE)


def test_a_result_is_read_within_its_limit(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"12345")
    assert read_output(tmp_path, "out", limit_bytes=5) == b"12345"
    assert read_output(tmp_path, "out", limit_bytes=4) is None
    assert read_output(tmp_path, "none", limit_bytes=4) is None


def test_a_link_or_a_pipe_is_no_result(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "pipe", "folder"):
        assert read_output(tmp_path, name, limit_bytes=100) is None
