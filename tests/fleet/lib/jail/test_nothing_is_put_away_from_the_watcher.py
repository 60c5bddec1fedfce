"""Files and memory that a jailed command keeps where a watcher does not look at first: mapped and
closed, in a message under way, with a thread of its own, or after its first thread has ended.
"""

import os
import sys
from pathlib import Path

import pytest

from fleet.lib.confine import landlock
from fleet.lib.jail import Ending, JailResult, Mode, jail_mode, run_jailed

MIB = 1024 * 1024
BOUND = 16 * MIB
MODES = [
    pytest.param(
        mode,
        marks=pytest.mark.only_where(
            mode is Mode.SECCOMP
            or (mode is Mode.LANDLOCK and landlock.version() > 0)
            or jail_mode() is mode,
            reason="this machine lacks what the mode needs",
        ),
    )
    for mode in (Mode.NAMESPACES, Mode.LANDLOCK, Mode.SECCOMP)
]
every_mode = pytest.mark.parametrize("mode", MODES)
HEAD = """
import ctypes, os, socket, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
def nameless():
    here = os.open('x', os.O_RDWR | os.O_CREAT)
    os.unlink('x')
    os.write(here, os.urandom(1 << 20))
    return here
"""
MAPPED = """
while True:
    here = nameless()
    libc.mmap(None, 4096, 1, 2, here, 0)
    os.close(here)
"""
IN_A_MESSAGE = """
one, two = socket.socketpair()
while True:
    here = nameless()
    socket.send_fds(one, [b'x'], [here])
    os.close(here)
"""
EXIT = {"x86_64": 60, "aarch64": 93}[os.uname().machine]
CLONE = {"x86_64": 56, "aarch64": 220}[os.uname().machine]


def run(code: str, folder: Path, mode: Mode) -> JailResult:
    return run_jailed(
        [sys.executable, "-I", "-c", HEAD + code],
        workdir=folder,
        deadline_seconds=60,
        memory_bytes=256 * MIB,
        mode=mode,
    )


def headless(work: str) -> str:
    """The work in a thread, when the first thread has ended."""
    return f"""
def go_on():
    kept = []
    while True:
        {work}
threading.Thread(target=go_on).start()
libc.syscall({EXIT}, 0)
"""


@pytest.fixture(autouse=True)
def bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleet.lib.jail.WRITTEN_BYTES", BOUND)


@every_mode
def test_a_file_that_is_only_mapped_counts(tmp_path: Path, mode: Mode) -> None:
    assert run(MAPPED, tmp_path, mode).ending is Ending.WRITTEN


@every_mode
def test_no_file_is_put_into_a_message(tmp_path: Path, mode: Mode) -> None:
    found = run(IN_A_MESSAGE, tmp_path, mode)
    assert found.code == 1
    assert "Operation not permitted" in found.stderr


@every_mode
def test_files_of_a_process_without_its_first_thread_count(tmp_path: Path, mode: Mode) -> None:
    code = headless("kept.append(nameless())")
    assert run(code, tmp_path, mode).ending is Ending.WRITTEN


@every_mode
def test_memory_of_a_process_without_its_first_thread_counts(tmp_path: Path, mode: Mode) -> None:
    """Shared memory, which no limit of the process counts as its data."""
    code = headless(
        "place = libc.mmap(None, 64 << 20, 3, 0x21, -1, 0); ctypes.memset(place, 1, 64 << 20)"
    )
    assert run(code, tmp_path, mode).ending is Ending.MEMORY


@every_mode
def test_no_thread_has_open_files_of_its_own(tmp_path: Path, mode: Mode) -> None:
    """CLONE_VM, CLONE_SIGHAND and CLONE_THREAD without CLONE_FILES."""
    code = f"print(libc.syscall({CLONE}, 0x10900, 0, 0, 0, 0), ctypes.get_errno())"
    assert run(code, tmp_path, mode).stdout == "-1 1\n"
