"""A system-call filter for the jailed command, in the kernel's classic BPF: what is not allowed is
refused.

Guarantees: no socket but a connected pair of streams; no signal to another process, by no call and
by no descriptor; no limit, priority or memory of another process; no mode, owner or time of a file
changed; no mounts, namespaces, modules, keys, tracing; no other calling convention to go round the
filter. No process can be started, only threads, unless `processes` says so. A refused call answers
EPERM, so that libraries take their ordinary error path; one that is newer than the filter answers
as an older kernel would.
"""

import ctypes
import errno
import os
import struct
from typing import Final, NamedTuple

from fleet.lib.confine.calls import AARCH64, PLAIN, X86_64

PR_SET_SECCOMP: Final = 22
SECCOMP_MODE_FILTER: Final = 2
ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
MASK: Final = 0x54
AT_NUMBER, AT_ARCH, AT_ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
X32_BIT: Final = 0x40000000
NEWER: Final = 424  # from here on, numbers are equal everywhere and libraries know to do without
DENY, ABSENT = ERRNO | errno.EPERM, ERRNO | errno.ENOSYS
CLONE_FILES: Final = 0x00000400
CLONE_THREAD: Final = 0x00010000
NAMESPACES: Final = 0x7E020080  # every CLONE_NEW* flag
AF_UNIX, SOCK_STREAM, SOCK_TYPE = 1, 1, 0xF
ACCESS_MODE, O_TRUNC = os.O_ACCMODE, os.O_TRUNC
FCNTL_OWNERS: Final = (8, 15, 10)  # F_SETOWN, F_SETOWN_EX, F_SETSIG: input that signals others
IOCTL_OWNERS: Final = (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP: the same
IOCTL_INPUT: Final = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: typing into a terminal
PR_SET_DUMPABLE: Final = 4  # it would hide open files from the watcher
SIGNED_32: Final = 0xFFFFFFFF


class Machine(NamedTuple):
    """The system-call numbers of one architecture."""

    audit: int
    numbers: dict[str, int]


MACHINES: Final = {
    "x86_64": Machine(0xC000003E, X86_64),
    "aarch64": Machine(0xC00000B7, AARCH64),
}
Step = tuple[int, int, int, int]


class Leave(NamedTuple):
    """What a command may do beyond the least: start processes, and signal within its own world."""

    processes: bool = False
    signals_stay_inside: bool = False  # a namespace of process numbers, or Landlock, sees to it


def program(machine: Machine, leave: Leave, *, own_pid: int) -> bytes:
    """Return the filter; where signals would not stay inside, they may go to the command itself
    only.
    """
    numbers = machine.numbers
    code = [
        (LOAD, AT_ARCH, 0, 0),
        (JUMP_EQUAL, machine.audit, 1, 0),
        (RETURN, KILL, 0, 0),
        (LOAD, AT_NUMBER, 0, 0),
        (JUMP_AT_LEAST, X32_BIT, 0, 1),
        (RETURN, DENY, 0, 0),
    ]
    for name, judge in _judged(leave, own_pid).items():
        if name in numbers:
            code += [(JUMP_EQUAL, numbers[name], 0, len(judge)), *judge]
    for number in sorted(numbers[name] for name in PLAIN if name in numbers):
        code += [(JUMP_EQUAL, number, 0, 1), (RETURN, ALLOW, 0, 0)]
    code += [(JUMP_AT_LEAST, NEWER, 0, 1), (RETURN, ABSENT, 0, 0), (RETURN, DENY, 0, 0)]
    return b"".join(struct.pack("HBBI", op, yes, no, value) for op, value, yes, no in code)


def _judged(leave: Leave, own_pid: int) -> dict[str, list[Step]]:
    """Return the calls that depend on an argument; each list of steps ends in a verdict."""
    start = [(RETURN, ALLOW if leave.processes else DENY, 0, 0)]
    anyone = [(RETURN, ALLOW, 0, 0)]
    return {
        "clone": _clone(processes=leave.processes),
        "fork": start,
        "vfork": start,
        "kill": _only(0, own_pid),
        "tgkill": anyone if leave.signals_stay_inside else _only(0, own_pid),
        "prlimit64": _only(0, 0),
        "sched_setaffinity": _only(0, 0),
        "prctl": _all_but(0, (PR_SET_DUMPABLE,)),
        "fcntl": _all_but(1, FCNTL_OWNERS),
        "ioctl": _all_but(1, (*IOCTL_OWNERS, *IOCTL_INPUT)),
        "socketpair": _pair_of_streams(),
        "open": _open(1),
        "openat": _open(2),
    }


def _argument(index: int) -> Step:
    """Load the lower half of an argument: that is all the kernel looks at in these calls."""
    return (LOAD, AT_ARGUMENTS + 8 * index, 0, 0)


def _only(index: int, value: int) -> list[Step]:
    equal = (JUMP_EQUAL, value & SIGNED_32, 0, 1)
    return [_argument(index), equal, (RETURN, ALLOW, 0, 0), (RETURN, DENY, 0, 0)]


def _all_but(index: int, values: tuple[int, ...]) -> list[Step]:
    steps = [_argument(index)]
    for value in values:
        steps += [(JUMP_EQUAL, value, 0, 1), (RETURN, DENY, 0, 0)]
    return [*steps, (RETURN, ALLOW, 0, 0)]


def _clone(*, processes: bool) -> list[Step]:
    """No new namespace, and no thread with open files of its own, at which no watcher looks."""
    flags = _argument(0)
    yes, no = (RETURN, ALLOW, 0, 0), (RETURN, DENY, 0, 0)
    thread = [(JUMP_BITS, CLONE_FILES, 0, 1), yes, no]
    start = yes if processes else no
    return [
        flags,
        *((JUMP_BITS, NAMESPACES, 0, 1), no),
        *((JUMP_BITS, CLONE_THREAD, 1, 0), start),
        *thread,
    ]


def _pair_of_streams() -> list[Step]:
    """Refuse pairs of datagram sockets: they would send to any named socket of the machine."""
    return [
        _argument(0),
        (JUMP_EQUAL, AF_UNIX, 1, 0),
        (RETURN, DENY, 0, 0),
        _argument(1),
        (MASK, SOCK_TYPE, 0, 0),
        (JUMP_EQUAL, SOCK_STREAM, 0, 1),
        (RETURN, ALLOW, 0, 0),
        (RETURN, DENY, 0, 0),
    ]


def _open(index: int) -> list[Step]:
    """No emptying of a file that is opened for reading: the first two versions of Landlock allow
    it where reading is allowed.
    """
    return [
        _argument(index),
        (JUMP_BITS, ACCESS_MODE, 2, 0),
        (JUMP_BITS, O_TRUNC, 0, 1),
        (RETURN, DENY, 0, 0),
        (RETURN, ALLOW, 0, 0),
    ]


def install(leave: Leave, *, own_pid: int) -> None:
    """Put the filter on this process and all it will start; `no_new_privs` must be set already."""
    machine = MACHINES.get(os.uname().machine)
    if machine is None:
        raise OSError(f"no system-call filter is written for {os.uname().machine}")
    apply(program(machine, leave, own_pid=own_pid))


def apply(code: bytes) -> None:
    """Give a finished filter to the kernel."""
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HL", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp filter refused")
