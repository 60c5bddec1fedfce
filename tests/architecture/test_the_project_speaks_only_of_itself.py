"""What is committed holds no address of a package index, and locks pin every package by hash."""

import re
from pathlib import Path

import pytest

from tests.architecture.shape import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


def test_there_are_locks() -> None:
    assert {lock.stem for lock in LOCKS} >= {"base", "demo", "dev", "bootstrap", "agent"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_by_hash_and_names_no_index(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"https?://|file:|--index|--find-links", text)
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
