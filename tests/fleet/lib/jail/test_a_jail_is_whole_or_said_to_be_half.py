"""Which jail a machine gets, tried on machines that lack one thing after another: a filter that
refuses the calls stands for their absence.
"""

import os
import subprocess
import sys

import pytest

from fleet.lib.confine import landlock
from fleet.lib.jail import PROJECT_ROOT, Mode, jail_mode

UNSHARE = {"x86_64": 272, "aarch64": 97}
CODE = """
import ctypes, struct, sys
from fleet.lib.confine import seccomp
from fleet.lib.jail import jail_mode
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
steps = [(seccomp.LOAD, 0, 0, 0)]
for number in map(int, sys.argv[1:]):
    steps += [(seccomp.JUMP_EQUAL, number, 0, 1), (seccomp.RETURN, seccomp.DENY, 0, 0)]
steps += [(seccomp.RETURN, seccomp.ALLOW, 0, 0)]
seccomp.apply(b"".join(struct.pack("HBBI", op, yes, no, value) for op, value, yes, no in steps))
print(jail_mode().value)
"""
needs_landlock = pytest.mark.only_where(
    landlock.version() > 0, reason="this kernel has no Landlock"
)


def mode_without(*calls: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CODE, *map(str, calls)],
        env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@needs_landlock
def test_without_user_namespaces_landlock_holds_it_whole() -> None:
    assert mode_without(UNSHARE[os.uname().machine]) == "landlock"
    assert Mode.LANDLOCK.whole


def test_without_both_it_is_half_open_and_called_so() -> None:
    assert mode_without(UNSHARE[os.uname().machine], landlock.CREATE) == "seccomp"
    assert not Mode.SECCOMP.whole


def test_without_anything_there_is_none() -> None:
    prctl = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
    assert mode_without(UNSHARE[os.uname().machine], prctl) == "none"


def test_this_machine_holds_it_whole_where_it_can() -> None:
    assert jail_mode().whole or not landlock.version()
