"""A folder of keys may lie at another path tomorrow: the book finds its files there."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from builds.signing import KeyUnusable, file_signer
from builds.signing.keybook import BOOK, Entry, KeyBook


def made(keys: Path, *paths: Path) -> KeyBook:
    """A book with a key a path."""
    book = KeyBook(keys / "tuf")
    entries = []
    for number, path in enumerate(paths):
        file_signer.create(path)
        entries.append(Entry(f"role{number}", file_signer.load(path).public_key, f"file:{path}"))
    book.begin(entries, {})
    return book


def written(book: KeyBook) -> Any:
    return json.loads((book.folder / BOOK).read_text())


def as_before(book: KeyBook) -> None:
    """As books were written that named the places of their files on one machine."""
    raw = written(book)
    uris = {entry.role: entry.uri for entry in book.entries()}
    keys = [{**item, "uri": uris[item["role"]]} for item in raw["keys"]]
    (book.folder / BOOK).write_text(json.dumps({**raw, "format": 1, "keys": keys}))


def opened(book: KeyBook) -> list[str]:
    return [entry.open().public_key.keyid for entry in book.entries()]


@pytest.mark.parametrize("name", ["keys", "secrets"])
@pytest.mark.parametrize("old", [False, True])
def test_every_file_is_found_at_another_path(tmp_path: Path, name: str, old: bool) -> None:
    keys = tmp_path / "a" / "keys"
    book = made(keys, keys / "tuf" / "root.pem", keys / "director.pem")
    before = opened(book)
    if old:
        as_before(book)
    (tmp_path / "b").mkdir()
    shutil.move(keys, tmp_path / "b" / name)
    moved = KeyBook(tmp_path / "b" / name / "tuf")
    assert opened(moved) == before
    moved.threshold_set("role0", 1)
    assert [item["uri"] for item in written(moved)["keys"]] == [
        "file:root.pem",
        "file:../director.pem",
    ]


def test_a_file_that_is_mounted_elsewhere_stays_where_it_is(tmp_path: Path) -> None:
    secret = tmp_path / "run" / "director.pem"
    secret.parent.mkdir()
    book = made(tmp_path / "keys", secret)
    assert written(book)["keys"][0]["uri"] == f"file:{secret}"
    as_before(book)
    assert opened(book) == [file_signer.load(secret).public_key.keyid]


def test_a_file_that_is_nowhere_is_said_with_its_place(tmp_path: Path) -> None:
    book = made(tmp_path / "keys", tmp_path / "keys" / "tuf" / "root.pem")
    as_before(book)
    (book.folder / "root.pem").unlink()
    with pytest.raises(KeyUnusable, match=r"keys/tuf/root\.pem cannot be read"):
        opened(book)


def test_a_key_of_a_token_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    file_signer.create(path)
    book = KeyBook(tmp_path / "tuf")
    book.begin([Entry("root", file_signer.load(path).public_key, "hsm:?label=root")], {})
    as_before(book)
    assert book.entries()[0].uri == "hsm:?label=root"
