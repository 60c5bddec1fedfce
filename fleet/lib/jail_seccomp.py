"""A system-call filter for the jailed command, in the kernel's classic BPF.

Guarantees: no socket can be made (only connected pairs), by any call or through io_uring; no
process can be started, only threads, so there are no fork bombs and no orphans; no tracing or
reading of other processes; no mounts, namespaces, kernel modules or keys; no other calling
convention to go round the filter. A refused call answers EPERM, so that libraries take their
ordinary error path.
"""

import ctypes
import errno
import os
import struct
from dataclasses import dataclass
from typing import Final

PR_SET_SECCOMP: Final = 22
SECCOMP_MODE_FILTER: Final = 2
ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
AT_NUMBER, AT_ARCH, AT_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
X32_BIT: Final = 0x40000000
CLONE_THREAD: Final = 0x00010000

DENIED: Final = [
    "socket",
    "connect",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "bpf",
    "io_uring_setup",
    "keyctl",
    "add_key",
    "request_key",
    "perf_event_open",
    "userfaultfd",
    "open_by_handle_at",
    "pidfd_open",
    "pidfd_getfd",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "unshare",
    "setns",
    "init_module",
    "finit_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "fsopen",
    "open_tree",
    "move_mount",
    "mount_setattr",
]
SIGNALS: Final = ("kill", "tkill", "pidfd_send_signal")


@dataclass(frozen=True)
class Machine:
    """The system-call numbers of one architecture."""

    audit: int
    numbers: dict[str, int]


# Newer calls have the same number on every architecture.
COMMON: Final = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438, "mount_setattr": 442,
}  # fmt: skip
X86_64: Final = {
    "socket": 41, "connect": 42, "clone": 56, "fork": 57, "vfork": 58, "kill": 62, "ptrace": 101,
    "pivot_root": 155, "chroot": 161, "mount": 165, "umount2": 166, "swapon": 167, "reboot": 169,
    "init_module": 175, "tkill": 200, "tgkill": 234, "kexec_load": 246, "add_key": 248,
    "request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298,
    "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311,
    "finit_module": 313, "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323,
}  # fmt: skip
AARCH64: Final = {
    "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "unshare": 97, "kexec_load": 104,
    "init_module": 105, "ptrace": 117, "kill": 129, "tkill": 130, "tgkill": 131, "reboot": 142,
    "socket": 198, "connect": 203, "add_key": 217, "request_key": 218, "keyctl": 219,
    "clone": 220, "swapon": 224, "perf_event_open": 241, "open_by_handle_at": 265, "setns": 268,
    "process_vm_readv": 270, "process_vm_writev": 271, "finit_module": 273, "bpf": 280,
    "userfaultfd": 282, "kexec_file_load": 294,
}  # fmt: skip
MACHINES: Final = {
    "x86_64": Machine(0xC000003E, COMMON | X86_64),
    "aarch64": Machine(0xC00000B7, COMMON | AARCH64),
}


def program(machine: Machine, *, own_pid_space: bool, own_pid: int) -> bytes:
    """The filter. Outside a namespace of process numbers, signals may go to the command itself
    only.
    """
    deny = ERRNO | errno.EPERM
    numbers = machine.numbers
    refused = [*DENIED, *(() if own_pid_space else SIGNALS)]
    refused += [name for name in ("fork", "vfork") if name in numbers]
    code = [
        _op(LOAD, AT_ARCH),
        _op(JUMP_EQUAL, machine.audit, 1, 0),
        _op(RETURN, KILL),
        _op(LOAD, AT_NUMBER),
        _op(JUMP_AT_LEAST, X32_BIT, 0, 1),
        _op(RETURN, deny),
    ]
    for name in refused:
        code += [_op(JUMP_EQUAL, numbers[name], 0, 1), _op(RETURN, deny)]
    # The C library falls back from clone3, whose flags a filter cannot see, to clone.
    code += [_op(JUMP_EQUAL, numbers["clone3"], 0, 1), _op(RETURN, ERRNO | errno.ENOSYS)]
    code += [
        _op(JUMP_EQUAL, numbers["clone"], 0, 4),
        _op(LOAD, AT_ARGUMENT),
        _op(JUMP_BITS, CLONE_THREAD, 0, 1),
        _op(RETURN, ALLOW),
        _op(RETURN, deny),
    ]
    if not own_pid_space:
        code += [
            _op(JUMP_EQUAL, numbers["tgkill"], 0, 3),
            _op(LOAD, AT_ARGUMENT),
            _op(JUMP_EQUAL, own_pid, 1, 0),
            _op(RETURN, deny),
        ]
    return b"".join([*code, _op(RETURN, ALLOW)])


def install(*, own_pid_space: bool, own_pid: int) -> None:
    """Put the filter on this process and all it will start; `no_new_privs` must be set already."""
    machine = MACHINES.get(os.uname().machine)
    if machine is None:
        raise OSError(f"no system-call filter is written for {os.uname().machine}")
    code = program(machine, own_pid_space=own_pid_space, own_pid=own_pid)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HL", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp filter refused")


def _op(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, operand)
