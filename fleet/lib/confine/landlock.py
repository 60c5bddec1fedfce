"""Landlock: an ordinary process gives up all files but those it names, without any privilege.

Guarantees, from its first version on (Linux 5.13): nothing outside the named paths is opened, made,
renamed or removed, and no process outside can be traced or have its memory or environment read.
Later versions add what the filter of system calls forbids as well: network (4), the orders of
devices (5), abstract sockets and signals (6). What neither judges is what a path itself tells:
that it exists, and its size.
"""

import ctypes
import os
from collections.abc import Iterable
from typing import Final

CREATE, ADD_RULE, RESTRICT = 444, 445, 446  # system calls, the same numbers everywhere
VERSION: Final = 1  # a flag of CREATE: tell the version
RULE_PATH: Final = 1
EXECUTE, WRITE, READ, LIST = 1, 2, 4, 8
MAKE_CHAR, MAKE_SOCKET, MAKE_BLOCK = 1 << 6, 1 << 9, 1 << 11
TRUNCATE: Final = 1 << 14
FILE_RIGHTS_BY_VERSION: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # how many bits are known
NET_SINCE, SCOPE_SINCE = 4, 6
TCP: Final = 0b11  # bind, connect
SCOPES: Final = 0b11  # abstract sockets, signals
OF_A_FILE: Final = EXECUTE | WRITE | READ | TRUNCATE | 1 << 15
NOT_EVEN_THERE: Final = MAKE_CHAR | MAKE_SOCKET | MAKE_BLOCK

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    )


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Return the version that this kernel has; 0 where there is none or it is turned off."""
    return max(0, int(_libc.syscall(CREATE, None, ctypes.c_size_t(0), VERSION)))


def restrict(readable: Iterable[str], writable: Iterable[str], devices: Iterable[str]) -> None:
    """Hold this process and all it will start to these paths; `no_new_privs` must be set already.

    Raises OSError where the kernel has no Landlock.
    """
    known = version()
    if known < 1:
        raise OSError("this kernel has no Landlock")
    every = (1 << FILE_RIGHTS_BY_VERSION[min(known, max(FILE_RIGHTS_BY_VERSION))]) - 1
    wanted = _Ruleset(
        every, TCP if known >= NET_SINCE else 0, SCOPES if known >= SCOPE_SINCE else 0
    )
    # Older kernels refuse a longer description only where its unknown end is not zero.
    ruleset = _libc.syscall(CREATE, ctypes.byref(wanted), ctypes.c_size_t(_size(known)), 0)
    _raise_errno(ruleset, "landlock_create_ruleset")
    try:
        for path in readable:
            _allow(ruleset, path, every & (EXECUTE | READ | LIST))
        for path in devices:
            _allow(ruleset, path, every & (READ | WRITE | TRUNCATE))
        for path in writable:
            _allow(ruleset, path, every & ~NOT_EVEN_THERE)
        _raise_errno(_libc.syscall(RESTRICT, ruleset, 0), "landlock_restrict_self")
    finally:
        os.close(ruleset)


def _size(known: int) -> int:
    return 8 if known < NET_SINCE else 16 if known < SCOPE_SINCE else 24


def _allow(ruleset: int, path: str, rights: int) -> None:
    if not os.path.isdir(path):
        rights &= OF_A_FILE
    parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathRule(rights, parent)
        outcome = _libc.syscall(ADD_RULE, ruleset, RULE_PATH, ctypes.byref(rule), 0)
        _raise_errno(outcome, f"landlock_add_rule {path}")
    finally:
        os.close(parent)


def _raise_errno(outcome: int, step: str) -> None:
    if outcome < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{step}: {os.strerror(number)}")
