"""The filter is run here in a small interpreter of classic BPF, for the machine at hand and the
other.
"""

import errno
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib import jail_seccomp as seccomp

ALLOW, KILL = seccomp.ALLOW, seccomp.KILL
DENY = seccomp.ERRNO | errno.EPERM
ABSENT = seccomp.ERRNO | errno.ENOSYS
THREAD = 0x003D0F00  # the flags with which the C library starts a thread
machines = pytest.mark.parametrize("name", sorted(seccomp.MACHINES))


def verdict(code: bytes, *, number: int, audit: int, first: int = 0) -> int:
    data = struct.pack("IIQ6Q", number, audit, 0, first, 0, 0, 0, 0, 0)
    place, value = 0, 0
    while True:
        op, yes, no, operand = struct.unpack_from("HBBI", code, place * 8)
        place += 1
        if op == seccomp.RETURN:
            return int(operand)
        if op == seccomp.LOAD:
            (value,) = struct.unpack_from("I", data, operand)
            continue
        holds = {
            seccomp.JUMP_EQUAL: value == operand,
            seccomp.JUMP_AT_LEAST: value >= operand,
            seccomp.JUMP_BITS: bool(value & operand),
        }[op]
        place += yes if holds else no


def ask(name: str, number: int, first: int = 0, *, own_pid_space: bool = True) -> int:
    machine = seccomp.MACHINES[name]
    code = seccomp.program(machine, own_pid_space=own_pid_space, own_pid=42)
    return verdict(code, number=number, audit=machine.audit, first=first)


@machines
def test_every_denied_call_is_denied(name: str) -> None:
    numbers = seccomp.MACHINES[name].numbers
    assert {call: ask(name, numbers[call]) for call in seccomp.DENIED} == dict.fromkeys(
        seccomp.DENIED, DENY
    )


@machines
def test_threads_pass_and_processes_do_not(name: str) -> None:
    numbers = seccomp.MACHINES[name].numbers
    assert ask(name, numbers["clone"], THREAD) == ALLOW
    assert ask(name, numbers["clone"], 17) == DENY
    assert ask(name, numbers["clone"], 0x10000000) == DENY
    assert ask(name, numbers["clone3"]) == ABSENT
    for call in {"fork", "vfork"} & set(numbers):
        assert ask(name, numbers[call]) == DENY


@machines
def test_signals_stay_at_home_where_process_numbers_are_shared(name: str) -> None:
    numbers = seccomp.MACHINES[name].numbers
    for call in seccomp.SIGNALS:
        assert ask(name, numbers[call], own_pid_space=False) == DENY
        assert ask(name, numbers[call]) == ALLOW
    assert ask(name, numbers["tgkill"], 42, own_pid_space=False) == ALLOW
    assert ask(name, numbers["tgkill"], 1, own_pid_space=False) == DENY


@machines
def test_another_calling_convention_ends_the_process(name: str) -> None:
    code = seccomp.program(seccomp.MACHINES[name], own_pid_space=True, own_pid=42)
    assert verdict(code, number=0, audit=0x40000003) == KILL


@machines
def test_the_x32_convention_is_denied(name: str) -> None:
    assert ask(name, 0x40000000 + 41) == DENY


@machines
def test_ordinary_calls_pass(name: str) -> None:
    numbers = set(seccomp.MACHINES[name].numbers.values())
    assert all(ask(name, number) == ALLOW for number in range(400) if number not in numbers)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.booleans())
def test_every_path_ends_in_a_verdict(number: int, first: int, own: bool) -> None:
    found = ask("x86_64", number, first, own_pid_space=own)
    assert found in {ALLOW, DENY, ABSENT}
