"""A first ceremony that is cut short, or held twice at once, leaves one whole book or none."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from builds.signing import keybook
from builds.signing.keybook import KeyBook
from fleet.lib.errors import Conflict
from ota.trust.ceremony import acts as ceremony
from ota.trust.ceremony.acts import Plan, keys_init
from ota.trust.keys import book as vault

pytestmark = pytest.mark.django_db


def test_a_book_has_its_thresholds_from_its_first_page_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entries = [vault.file_entry("root"), vault.file_entry("root")]
    write, pages = keybook.write_private, 0

    def killed(path: Path, data: bytes) -> None:
        nonlocal pages
        pages += path.name == keybook.BOOK
        if pages > 1:
            raise KeyboardInterrupt
        write(path, data)

    plan = Plan(uris={"root": [entry.uri for entry in entries]}, thresholds={"root": 2})
    monkeypatch.setattr(keybook, "write_private", killed)
    with pytest.raises(KeyboardInterrupt):
        keys_init(plan)
    assert KeyBook(vault.folder()).threshold("root") == 2


def test_of_two_first_ceremonies_at_once_one_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    class Overtaken(KeyBook):
        """Its lock is free only when the other person has done the same."""

        @contextmanager
        def locked(self) -> Iterator[None]:
            monkeypatch.setattr(ceremony, "KeyBook", KeyBook)
            keys_init(Plan())
            with super().locked():
                yield

    monkeypatch.setattr(ceremony, "KeyBook", Overtaken)
    with pytest.raises(Conflict, match="already"):
        keys_init(Plan())
    roots = KeyBook(vault.folder()).entries("root")
    assert len(roots) == 1


def test_a_holder_who_is_named_twice_is_one_holder() -> None:
    entry = vault.file_entry("root")
    with pytest.raises(Conflict, match="before"):
        keys_init(Plan(uris={"root": [entry.uri, entry.uri]}, thresholds={"root": 2}))
