"""The trusted processes around a jailed command: they set its limits, watch it and tell how it
ended.

Reads its orders as JSON on stdin and writes one JSON object to the descriptor named by its only
argument. Runs on the standard library alone. Three processes: the watcher (this one, outside), the
keeper (process 1 of the new namespace, whose end is the end of everything inside) and the command.
"""

import ctypes
import json
import os
import resource
import signal
import sys
from typing import Any, Final, NoReturn

from fleet.lib.confine import landlock, namespaces, seccomp
from fleet.lib.confine.watch import FamilyBounds, watch

PR_SET_PDEATHSIG: Final = 1
PR_SET_CHILD_SUBREAPER: Final = 36
PR_SET_NO_NEW_PRIVS: Final = 38
PR_CAPBSET_DROP: Final = 24
LAST_CAPABILITY: Final = 63
CPU_FACTOR: Final = 8  # CPU seconds per second of deadline: more cores than this are not for a jail
SETUP_CODE: Final = 120
DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
# What allocators and thread pools ask of the machine; namespaces show a /proc of their own.
FACTS: Final = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system/cpu")
REPORT_BYTES: Final = 4096

Spec = dict[str, Any]


def main() -> int:
    """Be the watcher."""
    status_fd = int(sys.argv[1])
    os.set_inheritable(status_fd, False)  # noqa: FBT003 - the signature is the system's
    spec: Spec = json.load(sys.stdin)
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        report = _guard(spec)
    except OSError as error:
        report = {"ending": "setup", "code": SETUP_CODE, "detail": str(error)}
    os.write(status_fd, json.dumps(report).encode())
    return 0


def _guard(spec: Spec) -> dict[str, Any]:
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    if spec["mode"] == "namespaces":
        namespaces.enter()
    told_read, told_write = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        _keep(spec, told_write)
    os.close(told_write)
    watched = watch(keeper, proc=proc, bounds=FamilyBounds(**spec["bounds"]))
    report: dict[str, Any] = {"ending": watched.why, "code": -watched.status, "detail": ""}
    if not watched.why:
        report = json.loads(os.read(told_read, REPORT_BYTES) or b'{"ending": "lost", "code": -1}')
    return report | {"peak_bytes": watched.peak_bytes}


def _keep(spec: Spec, told_fd: int) -> NoReturn:
    """Start the command, wait for it, tell the watcher; never return into the watcher's code."""
    report: dict[str, Any]
    try:
        report = _start_and_wait(spec)
    except OSError as error:
        report = {"ending": "setup", "code": SETUP_CODE, "detail": str(error)[:1000]}
    os.write(told_fd, json.dumps(report).encode())
    os._exit(0)


def _start_and_wait(spec: Spec) -> dict[str, Any]:
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if spec["mode"] == "namespaces":
        shown = {name: spec[name] for name in ("readable", "writable", "links")}
        namespaces.build_root(spec["root"], devices=DEVICES, **shown)
    failed_read, failed_write = os.pipe()
    command = os.fork()
    if command == 0:
        _become(spec, failed_write)
    os.close(failed_write)
    if failure := os.read(
        failed_read, REPORT_BYTES // 4
    ):  # empty once exec has closed the other end
        return {"ending": "setup", "code": SETUP_CODE, "detail": failure.decode(errors="replace")}
    code = os.waitstatus_to_exitcode(_wait_for(command))
    return {"ending": "exited" if code >= 0 else "signalled", "code": code}


def _wait_for(command: int) -> int:
    """Reap whatever ends, as process 1 must, until the command does."""
    while True:
        done, status = os.wait()
        if done == command:
            return status


def _become(spec: Spec, failed_fd: int) -> NoReturn:
    """Turn this process into the command, or say why not; the pipe closes by itself at exec."""
    try:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.chdir(spec["workdir"])
        _take_stdin(spec["stdin"])
        _limit(spec)
        _drop_capabilities()
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        _confine(spec)
        os.execve(spec["argv"][0], spec["argv"], spec["env"])  # noqa: S606 - the point of it
    except (OSError, ValueError) as error:
        os.write(failed_fd, f"{type(error).__name__}: {error}"[:1000].encode())
    finally:
        os._exit(SETUP_CODE)


def _take_stdin(given: int | None) -> None:
    """Read from the descriptor that was given, in place of the orders, which are at their end."""
    if given is not None:
        os.dup2(given, 0)
        os.close(given)


def _confine(spec: Spec) -> None:
    inside = spec["mode"] == "namespaces"
    if spec["mode"] == "landlock":
        seen = [path for path in FACTS if os.path.exists(path)]
        landlock.restrict([*spec["readable"], *seen], spec["writable"], DEVICES)
        inside = landlock.version() >= landlock.SCOPE_SINCE
    leave = seccomp.Leave(processes=spec["processes"], signals_stay_inside=inside)
    seccomp.install(leave, own_pid=os.getpid())


def _limit(spec: Spec) -> None:
    bounds = spec["bounds"]
    wanted = {
        resource.RLIMIT_CPU: int(bounds["deadline_seconds"] * CPU_FACTOR) + 1,
        resource.RLIMIT_AS: spec["address_bytes"],
        resource.RLIMIT_DATA: bounds["memory_bytes"],
        resource.RLIMIT_FSIZE: spec["file_bytes"],
        resource.RLIMIT_NOFILE: spec["open_files"],
        resource.RLIMIT_CORE: 0,
    }
    if (
        spec["mode"] == "namespaces"
    ):  # elsewhere the kernel counts all that the user runs, not only ours
        wanted[resource.RLIMIT_NPROC] = spec["threads"]
    for which, amount in wanted.items():
        hard = resource.getrlimit(which)[1]
        allowed = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        resource.setrlimit(which, (allowed, allowed))


def _drop_capabilities() -> None:
    """Of a service that runs as root, the command keeps the user number but no power; others hold
    none to drop.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} failed")


if __name__ == "__main__":
    sys.exit(main())
