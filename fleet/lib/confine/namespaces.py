"""A world of its own for one process tree: no network, its own process numbers, and a small
read-only file tree.

Works for ordinary users where the kernel permits user namespaces. Every step that fails raises
OSError, and the jail is then not used in this mode: a jail is never half built.
"""

import ctypes
import os
from collections.abc import Iterable, Mapping
from typing import Final

NEW_MOUNTS, NEW_UTS, NEW_IPC = 0x00020000, 0x04000000, 0x08000000
NEW_USER, NEW_PIDS, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MS_BIND, MS_RECURSIVE, MS_PRIVATE = 4096, 16384, 1 << 18
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID = 1, 2
MNT_DETACH: Final = 2
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
SYS_MOUNT_SETATTR: Final = 442  # the same number on every architecture
SYS_PIVOT_ROOT: Final = {"x86_64": 155, "aarch64": 41}
INNER_ID: Final = 1000  # not root inside, so the command holds no capability after exec
ROOT_OPTIONS: Final = b"size=4m,mode=755"

_libc = ctypes.CDLL(None, use_errno=True)


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("user_namespace", ctypes.c_uint64),
    )


def enter() -> None:
    """Leave the machine's namespaces; process numbers change for the next child only."""
    user, group = os.geteuid(), os.getegid()
    spaces = NEW_USER | NEW_MOUNTS | NEW_NETWORK | NEW_PIDS | NEW_IPC | NEW_UTS
    _raise_errno(_libc.unshare(spaces), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{INNER_ID} {user} 1")
    _write("/proc/self/gid_map", f"{INNER_ID} {group} 1")


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def build_root(
    root: str,
    *,
    readable: Iterable[str],
    writable: Iterable[str],
    links: Mapping[str, str],
    devices: Iterable[str],
) -> None:
    """Make the only file tree that this process and its children will see, and move into it.

    Paths are real ones, without symbolic links; `links` are those by which they are also called.
    """
    _mount(None, "/", None, MS_RECURSIVE | MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, ROOT_OPTIONS)
    for path in sorted(readable):  # a folder before what lies in it
        _bind(root, path)
        _read_only(root + path, recursive=True)
    for device in devices:
        _bind(root, device)
    _show_processes(root)
    for path in sorted(writable):
        _bind(root, path)
    for place, target in sorted(links.items()):
        _link(root + place, target)
    os.chdir(root)
    # "." on "." stacks the old root below the new one, from where it is let go.
    _raise_errno(_libc.syscall(_pivot_root_number(), b".", b"."), "pivot_root")
    _raise_errno(_libc.umount2(b".", MNT_DETACH), "umount")
    os.chdir("/")
    _read_only("/", recursive=False)


def _link(place: str, target: str) -> None:
    if not os.path.lexists(place):  # most lie in a folder that is shown
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.symlink(target, place)


def _bind(root: str, path: str) -> None:
    place = root + path
    if os.path.isdir(path):
        os.makedirs(place, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        _write(place, "")
    _mount(path, place, None, MS_BIND | MS_RECURSIVE)


def _show_processes(root: str) -> None:
    """Our own processes only; where the kernel refuses a new view, the old one, read only."""
    place = root + "/proc"
    os.makedirs(place, exist_ok=True)
    try:
        _mount("proc", place, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    except OSError:
        _mount("/proc", place, None, MS_BIND | MS_RECURSIVE)
        _read_only(place, recursive=True)


def _read_only(path: str, *, recursive: bool) -> None:
    wanted = _MountAttributes(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0, 0, 0)
    flags = AT_RECURSIVE if recursive else 0
    arguments = (AT_FDCWD, path.encode(), flags, ctypes.byref(wanted), ctypes.sizeof(wanted))
    _raise_errno(_libc.syscall(SYS_MOUNT_SETATTR, *arguments), f"mount_setattr {path}")


def _mount(
    source: str | None, place: str, kind: str | None, flags: int, options: bytes | None = None
) -> None:
    outcome = _libc.mount(
        source.encode() if source else None,
        place.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        options,
    )
    _raise_errno(outcome, f"mount {place}")


def _pivot_root_number() -> int:
    machine = os.uname().machine
    if machine not in SYS_PIVOT_ROOT:
        raise OSError(f"no pivot_root number for {machine}")
    return SYS_PIVOT_ROOT[machine]


def _raise_errno(outcome: int, step: str) -> None:
    if outcome != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{step}: {os.strerror(number)}")
