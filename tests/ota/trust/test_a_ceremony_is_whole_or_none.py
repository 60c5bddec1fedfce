"""A first ceremony that is cut short, or held twice at once, leaves one whole book or none."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from builds.signing import keybook
from builds.signing.keybook import KeyBook
from fleet.lib.errors import Conflict
from ota.trust.ceremony import acts as ceremony
from ota.trust.ceremony.acts import CeremonyPlan, keys_init
from ota.trust.keys import key_store

pytestmark = pytest.mark.django_db


def test_a_book_has_its_thresholds_from_its_first_page_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entries = [key_store.file_entry("root"), key_store.file_entry("root")]
    write, pages = keybook.write_private, 0

    def killed(path: Path, data: bytes) -> None:
        nonlocal pages
        pages += path.name == keybook.BOOK
        if pages > 1:
            raise KeyboardInterrupt
        write(path, data)

    plan = CeremonyPlan(uris={"root": [entry.uri for entry in entries]}, thresholds={"root": 2})
    monkeypatch.setattr(keybook, "write_private", killed)
    with pytest.raises(KeyboardInterrupt):
        keys_init(plan)
    assert KeyBook(key_store.folder()).threshold("root") == 2


def test_of_two_first_ceremonies_at_once_one_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    class Overtaken(KeyBook):
        """Its lock is free only when the other person has done the same."""

        @contextmanager
        def locked(self) -> Iterator[None]:
            monkeypatch.setattr(ceremony, "KeyBook", KeyBook)
            keys_init(CeremonyPlan())
            with super().locked():
                yield

    monkeypatch.setattr(ceremony, "KeyBook", Overtaken)
    with pytest.raises(Conflict, match="already"):
        keys_init(CeremonyPlan())
    roots = KeyBook(key_store.folder()).entries("root")
    assert len(roots) == 1


def test_a_holder_who_is_named_twice_is_one_holder() -> None:
    entry = key_store.file_entry("root")
    with pytest.raises(Conflict, match="before"):
        keys_init(CeremonyPlan(uris={"root": [entry.uri, entry.uri]}, thresholds={"root": 2}))
