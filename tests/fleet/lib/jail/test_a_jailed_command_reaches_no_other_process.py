"""The ways out that were found where user namespaces are missing, tried against a process of the
same user: nothing of it is read, changed, signalled or written to. As root, the kernel allows more
than an ordinary user has, so that the refusals have to be ours.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.lib.confine import landlock
from fleet.lib.jail import JailResult, Mode, Room, jail_mode, run_jailed

SECRET = "hunter2-of-the-worker"
MODES = [
    pytest.param(
        Mode.NAMESPACES,
        marks=pytest.mark.only_where(
            jail_mode() is Mode.NAMESPACES, reason="this machine forbids user namespaces"
        ),
    ),
    pytest.param(
        Mode.LANDLOCK,
        marks=pytest.mark.only_where(landlock.version() > 0, reason="this kernel has no Landlock"),
    ),
]
whole_modes = pytest.mark.parametrize("mode", MODES)
HEAD = """
import ctypes, fcntl, os, resource, signal, socket, sys
other = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
def call(*numbers):
    if libc.syscall(*numbers) < 0:
        raise OSError(ctypes.get_errno(), 'refused')
"""
TRIALS = {
    "the environment": "print(open(f'/proc/{other}/environ').read())",
    "the memory": "print(open(f'/proc/{other}/mem', 'rb').read(1))",
    "the memory's map": "print(open(f'/proc/{other}/maps').read())",
    "its open files": "print(os.listdir(f'/proc/{other}/fd'))",
    "its limits": "resource.prlimit(other, resource.RLIMIT_NOFILE, (5, 5))",
    "kill": "os.kill(other, signal.SIGTERM)",
    "killpg": "os.killpg(os.getpgid(other), signal.SIGTERM)",
    "rt_sigqueueinfo": "call(129, other, 15, ctypes.byref((ctypes.c_int * 32)(15, 0, -1)))",
    "tgkill": "call(234, other, other, 15)",
    "pidfd": "signal.pidfd_send_signal(os.pidfd_open(other), signal.SIGTERM)",
    "F_SETOWN": """
one, two = socket.socketpair()
fcntl.fcntl(one, fcntl.F_SETOWN, other)
fcntl.fcntl(one, fcntl.F_SETSIG, signal.SIGTERM)
fcntl.fcntl(one, fcntl.F_SETFL, os.O_ASYNC)
two.send(b'x')
""",
    "its priority": "os.setpriority(os.PRIO_PROCESS, other, 19)",
    "its processor": "os.sched_setaffinity(other, {0})",
    "a trace": "call(101, 16, other, 0, 0)",
}
X86_ONLY = {"rt_sigqueueinfo", "tgkill", "a trace"}


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours with a secret in its environment, which tells that it is up."""
    code = "import sys; print('up', flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"DATABASE_PASSWORD": SECRET},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def attempt(
    code: str, mode: Mode, folder: Path, *arguments: str, processes: bool = False
) -> JailResult:
    return run_jailed(
        [sys.executable, "-I", "-c", HEAD + code, *arguments],
        workdir=folder,
        deadline_seconds=20,
        memory_bytes=1 << 28,
        mode=mode,
        room=Room(processes=processes),
    )


@whole_modes
@pytest.mark.parametrize("processes", [False, True], ids=["alone", "with processes"])
@pytest.mark.parametrize("what", TRIALS)
def test_nothing_of_another_process_is_read_or_changed(
    tmp_path: Path, mode: Mode, what: str, processes: bool, other: "subprocess.Popen[bytes]"
) -> None:
    if what in X86_ONLY and os.uname().machine != "x86_64":
        pytest.skip("the number of the call is that of x86-64")
    before = other_facts(other.pid)
    found = attempt(TRIALS[what], mode, tmp_path, str(other.pid), processes=processes)
    assert found.code == 1, found.stdout
    assert "Error" in found.stderr
    assert SECRET not in found.stdout
    assert other.poll() is None
    assert other_facts(other.pid) == before


def other_facts(pid: int) -> tuple[str, object]:
    limits = Path(f"/proc/{pid}/limits").read_text()
    return limits, (os.getpriority(os.PRIO_PROCESS, pid), os.sched_getaffinity(pid))


@whole_modes
def test_no_datagram_leaves_by_a_pair_of_sockets(tmp_path: Path, mode: Mode) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "ear"))
        listener.setblocking(False)
        code = f"""
for kind in (socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
    try:
        socket.socketpair(type=kind)[0].sendto(b'out', {str(tmp_path / "ear")!r})
        print('sent')
    except OSError as error:
        print(error.errno)
"""
        found = attempt(code, mode, work, "0")
        assert "sent" not in found.stdout
        with pytest.raises(BlockingIOError):
            listener.recv(16)


@whole_modes
def test_a_crash_of_its_own_is_still_told(tmp_path: Path, mode: Mode) -> None:
    found = attempt("os.abort()", mode, tmp_path, "0")
    assert found.code == -signal.SIGABRT


@whole_modes
def test_a_copy_of_a_process_may_abort(tmp_path: Path, mode: Mode) -> None:
    code = """
if not (copy := os.fork()):
    os.abort()
print(os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]))
"""
    found = attempt(code, mode, tmp_path, "0", processes=True)
    assert found.stdout == "-6\n"
