"""A folder goes however deep or closed it is, and nothing outside it goes with it."""

import os
from pathlib import Path

import pytest

from fleet.lib.trees import give_input, read_output, remove_tree, remove_trees


def dig(folder: Path, levels: int, name: str = "d") -> None:
    """Make folders in folders, deeper than any path may be long."""
    folder.mkdir(exist_ok=True)
    here = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=below))
        os.close(here)
        here = below
    os.close(here)


@pytest.mark.parametrize("name", ["d", "n" * 200])
def test_three_thousand_levels_go(tmp_path: Path, name: str) -> None:
    deep = tmp_path / "deep"
    dig(deep, 3000, name)
    remove_tree(deep)
    assert not deep.exists()


def test_a_wide_tree_goes(tmp_path: Path) -> None:
    wide = tmp_path / "wide"
    for number in range(30):
        dig(wide, 1, f"a{number}")
        dig(wide / f"a{number}", 5)
    remove_tree(wide)
    assert not wide.exists()


def test_what_links_lead_to_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "data").write_text("mine")
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "link").symlink_to(kept)
    (folder / "sub" / "link").symlink_to(kept)
    os.mkfifo(folder / "pipe")
    remove_tree(folder)
    assert not folder.exists()
    (tmp_path / "root link").symlink_to(kept)
    remove_tree(tmp_path / "root link")
    assert not os.path.lexists(tmp_path / "root link")
    assert (kept / "data").read_text() == "mine"


def test_folders_that_were_closed_go(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "closed" / "inner").mkdir(parents=True)
    (folder / "closed" / "inner").chmod(0)
    (folder / "closed").chmod(0)
    remove_tree(folder)
    assert not folder.exists()


def test_one_that_stays_keeps_none_of_the_others(tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.write_text("no folder")
    folders = [tmp_path / "one", file, tmp_path / "two", tmp_path / "was never there"]
    for folder in (folders[0], folders[2]):
        dig(folder, 3)
    assert remove_trees(folders) == [file]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a file"]


def test_an_input_replaces_a_link_and_does_not_follow_it(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mine")
    work = tmp_path / "work"
    work.mkdir()
    (work / "model").symlink_to(secret)
    give_input(work, "model", b"new")
    assert secret.read_text() == "mine"
    assert read_output(work, "model", limit_bytes=3) == b"new"
