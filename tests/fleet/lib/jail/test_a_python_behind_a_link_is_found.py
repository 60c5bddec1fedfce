"""A virtual environment that is a symbolic link, or lies behind one, is jailed as any other."""

import os
import sys
from pathlib import Path

import pytest

from fleet.lib.confine import landlock
from fleet.lib.jail import Mode, jail_mode, run_jailed
from fleet.lib.jail.paths import links_of, outermost

MODES = [
    pytest.param(
        mode,
        marks=pytest.mark.only_where(
            jail_mode() is mode or (mode is Mode.LANDLOCK and landlock.version() > 0),
            reason="this machine lacks what the mode needs",
        ),
    )
    for mode in (Mode.NAMESPACES, Mode.LANDLOCK)
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("relative", [False, True], ids=["absolute", "relative"])
def test_the_same_mode_holds_it(
    tmp_path: Path, mode: Mode, relative: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    venv = tmp_path / "project" / ".venv"
    venv.parent.mkdir()
    (tmp_path / "between").symlink_to(sys.prefix)
    venv.symlink_to("../between" if relative else tmp_path / "between")
    python = venv / Path(sys.executable).relative_to(sys.prefix)
    monkeypatch.setattr(sys, "prefix", str(venv))
    monkeypatch.setattr(sys, "executable", str(python))
    found = run_jailed(
        [str(python), "-I", "-c", "import numpy, sys; print(sys.prefix)"],
        workdir=work,
        deadline_seconds=60,
        memory_bytes=1 << 29,
        mode=mode,
    )
    assert found.ok, found
    assert found.stdout.strip() in {str(venv), os.path.realpath(venv)}


@pytest.mark.parametrize("mode", MODES)
def test_a_work_folder_behind_a_link_is_where_it_is_said_to_be(tmp_path: Path, mode: Mode) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to("real")
    code = f"open({str(link / 'out')!r}, 'w').write('mine')"
    found = run_jailed(
        [sys.executable, "-I", "-c", code],
        workdir=link,
        deadline_seconds=60,
        memory_bytes=1 << 28,
        mode=mode,
    )
    assert found.ok, found
    assert (tmp_path / "real" / "out").read_text() == "mine"


def test_every_link_on_the_way_is_named_by_its_real_place(tmp_path: Path) -> None:
    base = Path(os.path.realpath(tmp_path))
    (base / "data" / "venv" / "bin").mkdir(parents=True)
    (base / "home").symlink_to("data")
    (base / "venv").symlink_to(base / "home" / "venv")
    (base / "data" / "up").symlink_to("../data/venv")
    assert links_of([base / "venv" / "bin"]) == {
        str(base / "venv"): str(base / "home" / "venv"),
        str(base / "home"): "data",
    }
    assert links_of([base / "home" / "up" / "bin"]) == {
        str(base / "home"): "data",
        str(base / "data" / "up"): "../data/venv",
    }
    (base / "loop").symlink_to("loop")
    assert links_of([base / "loop"]) == {str(base / "loop"): "loop"}


def test_a_path_in_another_is_shown_once(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "ab").mkdir()
    (tmp_path / "c").symlink_to("a")
    paths = [tmp_path / name for name in ("a/b", "c", "a", "ab", "none")]
    real = os.path.realpath(tmp_path)
    assert outermost([*paths, Path("/")]) == [f"{real}/a", f"{real}/ab"]
