"""The sum of what a jailed command writes is bounded, in bytes and in files, also where the files
have no name, and in every mode.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.lib.confine import landlock
from fleet.lib.confine.written import DEPTH_MAX, written_by
from fleet.lib.jail import Ending, JailResult, Mode, jail_mode, run_jailed
from fleet.lib.trees import remove_tree

MIB = 1024 * 1024
WHOLE_TIME = 60.0  # seconds; a bound that holds ends it long before
MODES = [
    pytest.param(
        mode,
        marks=pytest.mark.only_where(
            mode is Mode.SECCOMP
            or (mode is Mode.LANDLOCK and landlock.version() > 0)
            or jail_mode() is mode,
            reason="this machine lacks what the mode needs",
        ),
    )
    for mode in (Mode.NAMESPACES, Mode.LANDLOCK, Mode.SECCOMP)
]
every_mode = pytest.mark.parametrize("mode", MODES)
WRITES_ON = """
while True:
    with open(f'file-{number}', 'wb') as file:
        file.write(os.urandom(1 << 20))
    number += 1
"""
NAMELESS = """
while True:
    file = open('file', 'wb')
    os.unlink('file')
    kept.append(file)
    file.write(os.urandom(1 << 20))
    file.flush()
"""
EMPTY = """
while True:
    open(f'file-{number}', 'wb').close()
    number += 1
"""
DEEP = """
for _ in range(3000):
    os.mkdir('d')
    os.chdir('d')
"""


@pytest.fixture(autouse=True)
def clean(tmp_path: Path) -> Iterator[None]:
    """Leave nothing: a tree that is deep ends the cleaner of the tests, too."""
    yield
    for place in tmp_path.iterdir():
        remove_tree(place) if place.is_dir() else place.unlink()


def run(code: str, folder: Path, mode: Mode) -> JailResult:
    return run_jailed(
        [sys.executable, "-I", "-c", "import os\nnumber, kept = 0, []\n" + code],
        workdir=folder,
        deadline_seconds=WHOLE_TIME,
        memory_bytes=256 * MIB,
        mode=mode,
    )


@every_mode
@pytest.mark.parametrize("code", [WRITES_ON, NAMELESS], ids=["named", "nameless"])
def test_the_bytes_of_all_files_are_bounded(
    tmp_path: Path, mode: Mode, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.lib.jail.WRITTEN_BYTES", 16 * MIB)
    assert run(code, tmp_path, mode).ending is Ending.WRITTEN


@every_mode
def test_the_number_of_files_is_bounded(
    tmp_path: Path, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.lib.jail.FILES", 500)
    assert run(EMPTY, tmp_path, mode).ending is Ending.WRITTEN


@every_mode
def test_folders_are_as_deep_as_tools_make_them(tmp_path: Path, mode: Mode) -> None:
    assert run(DEEP, tmp_path, mode).ending is Ending.WRITTEN


@every_mode
def test_too_much_is_noticed_also_when_it_has_ended(
    tmp_path: Path, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.lib.jail.FILES", 3)
    assert run("[open(str(n), 'w').close() for n in range(4)]", tmp_path, mode).ending is (
        Ending.WRITTEN
    )
    monkeypatch.setattr("fleet.lib.jail.FILES", 4)
    assert run("pass", tmp_path, mode).ok


def test_counting_ends_where_there_are_too_many(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / str(number)).write_bytes(b"x" * 5000)
    assert written_by([], proc=0, folder=str(tmp_path), most=100).files == 50
    assert written_by([], proc=0, folder=str(tmp_path), most=100).total_bytes >= 50 * 5000
    assert written_by([], proc=0, folder=str(tmp_path), most=10).files == 11


def test_a_sparse_file_counts_what_it_takes(tmp_path: Path) -> None:
    with (tmp_path / "long").open("wb") as file:
        file.truncate(10**9)
    assert written_by([], proc=0, folder=str(tmp_path), most=10).total_bytes < MIB


def test_a_link_leads_nowhere(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "link").symlink_to("/usr")
    (work / "loop").symlink_to(work)
    assert written_by([], proc=0, folder=str(work), most=10).files == 2
    assert DEPTH_MAX < 1000
