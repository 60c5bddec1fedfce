"""What a hostile model file would try, tried from inside the jail, in every mode."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from fleet.lib.confine import landlock
from fleet.lib.jail import Ending, JailResult, Mode, jail_mode, run_jailed

MIB = 1024 * 1024


def works(mode: Mode) -> bool:
    if mode is Mode.LANDLOCK:
        return landlock.version() > 0
    return mode is Mode.SECCOMP or jail_mode() is mode


MODES = [
    pytest.param(
        mode,
        marks=pytest.mark.only_where(
            works(mode), reason="this machine forbids user namespaces, or has no Landlock"
        ),
    )
    for mode in (Mode.NAMESPACES, Mode.LANDLOCK, Mode.SECCOMP)
]
every_mode = pytest.mark.parametrize("mode", MODES)


def run(code: str, folder: Path, mode: Mode, **changes: Any) -> JailResult:
    limits: dict[str, Any] = {"deadline_seconds": 20, "memory_bytes": 256 * MIB} | changes
    argv = [sys.executable, "-I", "-c", code]
    return run_jailed(argv, workdir=folder, mode=mode, **limits)


@every_mode
def test_it_runs_and_answers(tmp_path: Path, mode: Mode) -> None:
    found = run("print('hello'); raise SystemExit(7)", tmp_path, mode)
    assert (found.ending, found.code, found.stdout) == (Ending.EXITED, 7, "hello\n")
    assert found.mode is mode
    assert not found.ok
    assert found.seconds > 0


@every_mode
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX"])
def test_no_socket_can_be_made(tmp_path: Path, mode: Mode, family: str) -> None:
    found = run(f"import socket as s; s.socket(s.{family}, s.SOCK_STREAM)", tmp_path, mode)
    assert found.code == 1
    assert "Operation not permitted" in found.stderr


@every_mode
def test_the_environment_holds_what_is_named_and_no_secret(
    tmp_path: Path, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    code = "import os; print(sorted(k for k in os.environ if k != 'LC_CTYPE'))"
    found = run(code, tmp_path, mode, env={"NAMED": "1"})
    assert found.stdout == "['HOME', 'NAMED', 'PATH', 'TMPDIR']\n"


@every_mode
def test_the_environment_of_others_cannot_be_read(
    tmp_path: Path, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    code = """
import os
for pid in [p for p in os.listdir('/proc') if p.isdigit() and int(p) != os.getpid()]:
    try:
        print(open(f'/proc/{pid}/environ').read())
    except OSError as error:
        print(error)
"""
    assert "hunter2" not in run(code, tmp_path, mode).stdout


@every_mode
def test_no_process_can_be_started(tmp_path: Path, mode: Mode) -> None:
    code = "import os\nwhile True:\n    os.fork()"
    found = run(code, tmp_path, mode)
    assert "Operation not permitted" in found.stderr
    assert "BlockingIOError" not in found.stderr


@every_mode
@pytest.mark.parametrize("call", ["posix_spawn('/bin/true', ['true'], {})", "system('true')"])
def test_no_program_can_be_started_beside(tmp_path: Path, mode: Mode, call: str) -> None:
    found = run(f"import os; print(os.{call})", tmp_path, mode)
    assert found.stdout != "0\n"


@every_mode
def test_threads_may_be_started(tmp_path: Path, mode: Mode) -> None:
    code = """
import threading
threads = [threading.Thread(target=print, args=('t',)) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
"""
    assert run(code, tmp_path, mode).stdout.count("t") == 8


@every_mode
def test_memory_is_bounded(tmp_path: Path, mode: Mode) -> None:
    found = run("x = b'a' * (400 << 20); print('had it')", tmp_path, mode)
    assert not found.ok
    assert "had it" not in found.stdout


@every_mode
def test_the_deadline_holds_against_sleep_and_signals(tmp_path: Path, mode: Mode) -> None:
    code = """
import signal, time
for n in range(1, 32):
    try: signal.signal(n, signal.SIG_IGN)
    except OSError: pass
time.sleep(60)
"""
    found = run(code, tmp_path, mode, deadline_seconds=0.5)
    assert found.ending is Ending.DEADLINE
    assert found.seconds < 5


@every_mode
def test_a_file_has_a_largest_size(
    tmp_path: Path, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.lib.jail.FILE_BYTES", MIB)
    found = run("open('big', 'wb').write(bytes(2 << 20))", tmp_path, mode)
    assert not found.ok
    assert (tmp_path / "big").stat().st_size <= MIB


@every_mode
def test_files_it_may_open_are_counted(tmp_path: Path, mode: Mode) -> None:
    found = run("import os; [os.open('/dev/null', 0) for _ in range(400)]", tmp_path, mode)
    assert "Too many open files" in found.stderr


@every_mode
def test_it_holds_no_capability(tmp_path: Path, mode: Mode) -> None:
    code = """
import ctypes
libc, head, sets = ctypes.CDLL(None), (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
print(libc.capget(head, sets), list(sets[i] for i in (0, 1, 3, 4)), libc.prctl(39, 0, 0, 0, 0))
"""
    assert run(code, tmp_path, mode).stdout == "0 [0, 0, 0, 0] 1\n"


@every_mode
def test_it_cannot_signal_its_keeper(tmp_path: Path, mode: Mode) -> None:
    found = run(
        "import os, signal; os.kill(os.getppid(), signal.SIGKILL)\nprint('done')", tmp_path, mode
    )
    assert "Operation not permitted" in found.stderr
    assert found.ending is Ending.EXITED


@every_mode
def test_it_writes_into_its_folder(tmp_path: Path, mode: Mode) -> None:
    assert run("open('out', 'w').write('mine')", tmp_path, mode).ok
    assert (tmp_path / "out").read_text() == "mine"


namespaces_only = pytest.mark.parametrize("mode", MODES[:1])
whole_modes = pytest.mark.parametrize("mode", MODES[:2])


@whole_modes
def test_files_of_the_machine_are_not_there(tmp_path: Path, mode: Mode) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    work = tmp_path / "work"
    work.mkdir()
    code = f"""
import os
for attempt in (
    lambda: os.listdir({str(tmp_path)!r}),
    lambda: open({str(secret)!r}).read(),
    lambda: open({str(secret)!r}, 'w'),
    lambda: open({str(tmp_path / "new")!r}, 'w'),
    lambda: os.unlink({str(secret)!r}),
    lambda: os.rename({str(secret)!r}, 'mine'),
    lambda: os.link({str(secret)!r}, 'mine'),
    lambda: os.truncate({str(secret)!r}, 0),
    lambda: os.chmod({str(secret)!r}, 0),
    lambda: os.utime({str(secret)!r}, (0, 0)),
    lambda: os.mkdir({str(tmp_path / "folder")!r}),
    lambda: (os.symlink({str(secret)!r}, 'link'), open('link').read()),
):
    try:
        found = attempt()
        print(found if found != ['work'] else 'refused')  # the way to its own folder
    except OSError:
        print('refused')
"""
    found = run(code, work, mode)
    assert found.stdout.split() == ["refused"] * 12, found.stderr
    assert secret.read_text() == "hunter2"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret", "work"]


@whole_modes
@pytest.mark.parametrize("place", ["/usr/x", "/x", sys.prefix + "/x", "/dev/x", "/proc/x"])
def test_nothing_else_can_be_written(tmp_path: Path, mode: Mode, place: str) -> None:
    found = run(f"open({place!r}, 'w')", tmp_path, mode)
    assert found.code == 1
    assert not os.path.lexists(place)


@whole_modes
def test_what_is_readable_is_named_and_read_only(tmp_path: Path, mode: Mode) -> None:
    shown = tmp_path / "shown"
    shown.mkdir()
    (shown / "data").write_text("for you")
    work = tmp_path / "work"
    work.mkdir()
    code = f"""
import os
print(open({str(shown / "data")!r}).read())
for attempt in (
    lambda: open({str(shown / "new")!r}, 'w'),
    lambda: os.open({str(shown / "data")!r}, os.O_RDONLY | os.O_TRUNC),
    lambda: os.fchmod(os.open({str(shown / "data")!r}, os.O_RDONLY), 0),
    lambda: os.utime(os.open({str(shown / "data")!r}, os.O_RDONLY), (0, 0)),
):
    try:
        print(attempt())
    except OSError:
        print('refused')
"""
    found = run(code, work, mode, readable=[shown])
    assert found.stdout == "for you\n" + "refused\n" * 4
    assert (shown / "data").read_text() == "for you"
    assert (shown / "data").stat().st_mode & 0o400


@namespaces_only
def test_other_processes_are_not_there(tmp_path: Path, mode: Mode) -> None:
    code = "import os; print(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()))"
    assert run(code, tmp_path, mode).stdout == "[1, 2]\n"
