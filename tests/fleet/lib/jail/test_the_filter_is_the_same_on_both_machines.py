"""The filter is run here in a small interpreter of classic BPF, for the machine at hand and the
other.
"""

import errno
import os
import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.confine import seccomp
from fleet.lib.confine.calls import PLAIN, X86_64
from fleet.lib.confine.seccomp import Leave

ALLOW, KILL = seccomp.ALLOW, seccomp.KILL
DENY = seccomp.ERRNO | errno.EPERM
ABSENT = seccomp.ERRNO | errno.ENOSYS
INSIDE = Leave(signals_stay_inside=True)
CLONE3 = 435
# Of x86-64 and of AArch64, from the kernel's tables.
FORBIDDEN = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "kcmp": (312, 272), "setpriority": (141, 140),
    "sched_setscheduler": (144, 119), "ioprio_set": (251, 30), "move_pages": (279, 239),
    "fchmodat": (268, 53), "fchmod": (91, 52), "fchownat": (260, 54), "utimensat": (280, 88),
    "setxattr": (188, 5), "truncate": (76, 45), "mknodat": (259, 33), "inotify_init1": (294, 26),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "shmget": (29, 194),
    "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180), "unshare": (272, 97),
    "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "bpf": (321, 280), "perf_event_open": (298, 241), "keyctl": (250, 219),
    "add_key": (248, 217), "request_key": (249, 218), "userfaultfd": (323, 282),
    "init_module": (175, 105), "finit_module": (313, 273), "kexec_load": (246, 104),
    "personality": (135, 92), "reboot": (169, 142), "io_uring_setup": (425, 425),
    "openat2": (437, 437), "open_tree": (428, 428), "mount_setattr": (442, 442),
    "execveat": (322, 281), "setsid": (112, 157), "syslog": (103, 116),
}  # fmt: skip
OLD_FORMS = (
    "creat", "stat", "lstat", "access", "getdents", "rename", "mkdir", "rmdir", "link", "unlink",
    "symlink", "readlink", "dup2", "pipe", "poll", "select", "epoll_create", "epoll_wait",
    "eventfd", "signalfd", "pause", "time", "alarm", "arch_prctl", "getpgrp",
)  # fmt: skip
THREAD = 0x003D0F00  # the flags with which the C library starts a thread
machines = pytest.mark.parametrize("name", sorted(seccomp.MACHINES))


def verdict(code: bytes, *, number: int, audit: int, arguments: Sequence[int] = ()) -> int:
    data = struct.pack("IIQ6Q", number, audit, 0, *[*arguments, *[0] * 6][:6])
    place, value = 0, 0
    while True:
        op, yes, no, operand = struct.unpack_from("HBBI", code, place * 8)
        place += 1
        if op == seccomp.RETURN:
            return int(operand)
        if op == seccomp.LOAD:
            (value,) = struct.unpack_from("I", data, operand)
            continue
        if op == seccomp.MASK:
            value &= operand
            continue
        holds = {
            seccomp.JUMP_EQUAL: value == operand,
            seccomp.JUMP_AT_LEAST: value >= operand,
            seccomp.JUMP_BITS: bool(value & operand),
        }[op]
        place += yes if holds else no


def ask(name: str, number: int, *arguments: int, leave: Leave = INSIDE) -> int:
    machine = seccomp.MACHINES[name]
    code = seccomp.program(machine, leave, own_pid=42)
    return verdict(code, number=number, audit=machine.audit, arguments=arguments)


@machines
@pytest.mark.parametrize("call", FORBIDDEN)
def test_what_is_not_named_is_refused(name: str, call: str) -> None:
    """Each of these got out of a jail once, or would: all that is not allowed is refused."""
    number = FORBIDDEN[call][name == "aarch64"]
    assert ask(name, number) == (DENY if number < seccomp.NEWER else ABSENT)


@machines
def test_threads_pass_and_processes_do_not(name: str) -> None:
    numbers = seccomp.MACHINES[name].numbers
    assert ask(name, numbers["clone"], THREAD) == ALLOW
    assert ask(name, numbers["clone"], 17) == DENY
    assert ask(name, numbers["clone"], 0x10000000) == DENY
    assert ask(name, numbers["clone"], THREAD | 0x10000000) == DENY
    assert ask(name, CLONE3) == ABSENT
    for call in {"fork", "vfork"} & set(numbers):
        assert ask(name, numbers[call]) == DENY


@machines
def test_compilers_start_processes_and_no_namespaces(name: str) -> None:
    numbers = seccomp.MACHINES[name].numbers
    leave = Leave(processes=True)
    assert ask(name, numbers["clone"], 17, leave=leave) == ALLOW
    for flag in (0x80, 0x20000, 0x02000000, 0x10000000, 0x20000000, 0x40000000):
        assert ask(name, numbers["clone"], 17 | flag, leave=leave) == DENY
    for call in {"fork", "vfork"} & set(numbers):
        assert ask(name, numbers[call], leave=leave) == ALLOW


@machines
def test_signals_stay_at_home_where_process_numbers_are_shared(name: str) -> None:
    tgkill, kill = (seccomp.MACHINES[name].numbers[call] for call in ("tgkill", "kill"))
    assert ask(name, kill, 42) == ALLOW
    assert {ask(name, kill, pid) for pid in (0, 1, 41, 2**32 - 1, 2**32 - 42)} == {DENY}
    assert ask(name, tgkill, 1) == ALLOW
    assert ask(name, tgkill, 42, leave=Leave()) == ALLOW
    assert ask(name, tgkill, 1, leave=Leave()) == DENY


@machines
def test_no_descriptor_signals_its_owner(name: str) -> None:
    numbers = seccomp.MACHINES[name].numbers
    assert [ask(name, numbers["fcntl"], 0, order) for order in (8, 15, 10)] == [DENY] * 3
    assert [ask(name, numbers["ioctl"], 0, order) for order in (0x8901, 0x8902)] == [DENY] * 2
    assert ask(name, numbers["fcntl"], 0, 2) == ALLOW
    assert ask(name, numbers["ioctl"], 0, 0x5401) == ALLOW


@machines
def test_limits_and_places_are_its_own(name: str) -> None:
    numbers = seccomp.MACHINES[name].numbers
    for call in ("prlimit64", "sched_setaffinity"):
        assert ask(name, numbers[call], 0) == ALLOW
        assert ask(name, numbers[call], 4321) == DENY


@machines
def test_a_pair_of_sockets_is_one_of_streams(name: str) -> None:
    pair = seccomp.MACHINES[name].numbers["socketpair"]
    assert ask(name, pair, 1, 1 | 0x80000) == ALLOW
    assert ask(name, pair, 1, 2) == DENY
    assert ask(name, pair, 1, 2 | 0x80000) == DENY
    assert ask(name, pair, 1, 5) == DENY
    assert ask(name, pair, 16, 1) == DENY


@machines
def test_no_file_is_emptied_by_reading(name: str) -> None:
    openat = seccomp.MACHINES[name].numbers["openat"]
    assert ask(name, openat, 0, 0, os.O_RDONLY) == ALLOW
    assert ask(name, openat, 0, 0, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) == ALLOW
    assert ask(name, openat, 0, 0, os.O_RDWR | os.O_TRUNC) == ALLOW
    assert ask(name, openat, 0, 0, os.O_RDONLY | os.O_TRUNC) == DENY


@machines
def test_another_calling_convention_ends_the_process(name: str) -> None:
    code = seccomp.program(seccomp.MACHINES[name], INSIDE, own_pid=42)
    assert verdict(code, number=0, audit=0x40000003) == KILL


@machines
def test_the_x32_convention_is_denied(name: str) -> None:
    assert ask(name, 0x40000000 + 41) == DENY


@machines
def test_ordinary_calls_pass(name: str) -> None:
    numbers = seccomp.MACHINES[name].numbers
    assert {ask(name, numbers[call]) for call in PLAIN if call in numbers} == {ALLOW}


@machines
def test_numbers_are_known_for_all_that_is_allowed(name: str) -> None:
    """What one machine lacks are the old forms of calls that the other has kept."""
    missing = set(PLAIN) - set(seccomp.MACHINES[name].numbers)
    assert missing <= ({*OLD_FORMS} if name == "aarch64" else set())
    numbers = list(seccomp.MACHINES[name].numbers.values())
    assert len(numbers) == len(set(numbers))


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_every_path_ends_in_a_verdict(number: int, first: int, own: bool, many: bool) -> None:
    found = ask("x86_64", number, first, leave=Leave(many, own))
    assert found in {ALLOW, DENY, ABSENT}
    known = number in X86_64.values()
    assert found != ALLOW or known
