"""The signer's notebook: keys, thresholds, versions, roots."""

import stat
from pathlib import Path

import pytest

from builds.signing import KeyUnusable, file_signer
from builds.signing.errors import SigningBusy
from builds.signing.keybook import BOOK, Entry, KeyBook, Mark


@pytest.fixture
def book(tmp_path: Path) -> KeyBook:
    return KeyBook(tmp_path / "tuf")


def entry(book: KeyBook, role: str, name: str = "k") -> Entry:
    path = book.folder / f"{name}.pem"
    file_signer.create(path)
    return Entry(role, file_signer.load(path).public_key, f"file:{path}")


def test_a_key_is_found_again_and_opens(book: KeyBook) -> None:
    made = entry(book, "root")
    book.add(made)
    (found,) = KeyBook(book.folder).entries("root")
    assert found.key.keyid == made.key.keyid
    assert found.open().sign(b"m").keyid == made.key.keyid
    assert not book.entries("targets")


def test_a_role_has_a_key_once_and_another_role_may_share_it(book: KeyBook) -> None:
    made = entry(book, "root")
    book.add(made)
    with pytest.raises(KeyUnusable, match="has had the key"):
        book.add(made)
    book.add(Entry("targets", made.key, made.uri))
    assert len(book.entries()) == 2


def test_a_retired_key_does_not_come_back(book: KeyBook) -> None:
    made = entry(book, "root")
    book.add(made)
    book.retire("root", made.key.keyid)
    assert not book.entries("root")
    assert [e.key.keyid for e in book.entries("root", retired=True)] == [made.key.keyid]
    with pytest.raises(KeyUnusable, match="has had the key"):
        book.add(made)
    with pytest.raises(KeyUnusable, match="no active key"):
        book.retire("root", made.key.keyid)


def test_a_key_without_an_address_is_offline(book: KeyBook) -> None:
    made = Entry("root", entry(book, "root").key)
    book.add(made)
    assert not book.entries("root")[0].online


def test_marks_only_rise(book: KeyBook) -> None:
    book.mark_set({"timestamp": Mark(7, "a")})
    book.mark_set({"timestamp": Mark(5, "b")})
    assert book.mark("timestamp") == Mark(7, "a")
    assert book.mark("snapshot") == Mark(0, "")


def test_a_root_is_never_replaced(book: KeyBook) -> None:
    book.root_save(1, b"one")
    book.root_save(1, b"one")
    book.root_save(2, b"two")
    with pytest.raises(KeyUnusable, match="signed before with other content"):
        book.root_save(1, b"other")
    assert book.roots() == [b"one", b"two"]


def test_nobody_else_reads_it(book: KeyBook) -> None:
    book.threshold_set("root", 2)
    assert stat.S_IMODE((book.folder / BOOK).stat().st_mode) == 0o600
    assert book.threshold("root") == 2
    assert book.threshold("targets") == 1


def test_one_process_signs_at_a_time(book: KeyBook) -> None:
    with book.locked(), pytest.raises(SigningBusy), KeyBook(book.folder).locked():
        pass
    with book.locked():
        pass


@pytest.mark.parametrize("text", ["", "{", '{"format": 3, "keys": []}'])
def test_a_damaged_book_says_so(book: KeyBook, text: str) -> None:
    book.threshold_set("root", 1)
    (book.folder / BOOK).write_text(text)
    with pytest.raises(KeyUnusable, match="key book"):
        book.entries()
