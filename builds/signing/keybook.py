"""The signer's own notebook: which key holds which role, where it lies, what was signed last.

Guarantees:
* it lies beside the keys, outside of the database, so that who alters the database moves neither a
  key nor a version number;
* each file is complete or absent whenever the machine stops, and never readable by others;
* a key file in its folder or the one above is written down by its way from here, so that the whole
  may be moved; in a book of before that, one that is not where it was is found in the same way;
* a root that was written down under a number is never replaced by another one.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from securesystemslib.signer import Key, SSlibKey

from builds.signing import places
from builds.signing.errors import KeyUnusable, SigningBusy
from builds.signing.keys import Signer
from builds.signing.uri import open_signer

BOOK = "keybook.json"
FORMAT = 2
ABSOLUTE = 1  # the format whose files are named by their place on one machine
BOOK_MAX = 1024 * 1024  # bytes
EMPTY: Mapping[str, Any] = {"format": FORMAT, "keys": [], "thresholds": {}, "marks": {}}
ROOT_MAX = 512_000  # bytes, what clients read at most


@dataclass(frozen=True)
class Entry:
    """A key of a role. Without a URI it is offline: only its public half is known here."""

    role: str
    key: SSlibKey
    uri: str = ""
    retired: bool = False
    revoked: bool = False  # retired, and what it signed counts no more

    @property
    def online(self) -> bool:
        """Whether this machine can sign with it."""
        return bool(self.uri)

    def open(self) -> Signer:
        """Its signer. Raises KeyUnusable, also when the URI leads to another key."""
        return open_signer(self.uri, self.key)


@dataclass(frozen=True)
class Mark:
    """The highest version of a role that was ever signed here."""

    version: int
    sha256: str


@dataclass(frozen=True)
class KeyBook:
    """One folder. Reading is free; whoever writes holds `locked`."""

    folder: Path

    def exists(self) -> bool:
        """Whether a ceremony has taken place."""
        return (self.folder / BOOK).exists()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One signer at a time on this machine. Raises SigningBusy instead of waiting."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / ".lock").open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise SigningBusy("Another process is signing.") from error
            yield

    def entries(self, role: str | None = None, *, retired: bool = False) -> tuple[Entry, ...]:
        """The keys that sign now, or the retired ones; of one role, or all."""
        found = (self._entry(item) for item in self._read()["keys"])
        return tuple(e for e in found if e.retired == retired and role in (None, e.role))

    def threshold(self, role: str) -> int:
        """How many keys of a role have to sign."""
        return int(self._read()["thresholds"].get(role, 1))

    def begin(self, entries: Iterable[Entry], thresholds: Mapping[str, int]) -> None:
        """Write the first page at once: a book with keys and without their thresholds would take
        one signature for enough. Raises KeyUnusable if there is one already, or for a key that is
        given twice.
        """
        if self.exists():
            raise KeyUnusable("There is a key book already.")
        self._write(self._with({**EMPTY, "thresholds": dict(thresholds)}, entries))

    def threshold_set(self, role: str, number: int) -> None:
        """Demand so many signatures from the next root on."""
        book = self._read()
        self._write({**book, "thresholds": {**book["thresholds"], role: number}})

    def add(self, *entries: Entry) -> None:
        """Write keys down, all or none. Raises KeyUnusable for a key that the role has had."""
        self._write(self._with(self._read(), entries))

    def retire(self, role: str, keyid: str, *, revoked: bool = False) -> None:
        """Let a key sign nothing new for a role but the metadata that takes it out."""
        held = (*self.entries(role), *(self.entries(role, retired=True) if revoked else ()))
        found = [e for e in held if e.key.keyid == keyid]
        if not found:
            raise KeyUnusable(f"{role} has no active key {keyid}: see 'manage.py keys status'.")
        book = self._read()
        kept = [i for i in book["keys"] if (i["role"], i["key"]["keyid"]) != (role, keyid)]
        gone = self._item(replace(found[0], retired=True, revoked=revoked))
        self._write({**book, "keys": [*kept, gone]})

    def mark(self, role: str) -> Mark:
        """What was signed last for a role."""
        found = self._read()["marks"].get(role, {"version": 0, "sha256": ""})
        return Mark(int(found["version"]), str(found["sha256"]))

    def mark_set(self, marks: Mapping[str, Mark]) -> None:
        """Remember versions, before they are published; none goes down."""
        book = self._read()
        kept = dict(book["marks"])
        for role, mark in marks.items():
            if mark.version > self.mark(role).version:
                kept[role] = {"version": mark.version, "sha256": mark.sha256}
        self._write({**book, "marks": kept})

    def published(self, name: str) -> int:
        """The highest version that is known to have been published; 0 where nothing is."""
        return int(self._read().get("published", {}).get(name, 0))

    def published_set(self, versions: Mapping[str, int]) -> None:
        """Remember what was committed; none goes down."""
        book = self._read()
        kept = dict(book.get("published", {}))
        risen = {name: v for name, v in versions.items() if v > kept.get(name, 0)}
        if risen:
            self._write({**book, "published": kept | risen})

    def published_reset(self, versions: Mapping[str, int]) -> None:
        """A person goes on with a database that knows no more than this."""
        self._write({**self._read(), "published": dict(versions)})

    def root_save(self, version: int, data: bytes) -> None:
        """Keep a root. Raises KeyUnusable for other bytes under a number that was given out."""
        path = self._root_path(version)
        if path.exists() and path.read_bytes() != data:
            raise KeyUnusable(f"Root {version} was signed before with other content.")
        write_private(path, data)

    def roots(self) -> list[bytes]:
        """Every root that was ever signed, the first one first."""
        found, version = [], 1
        while (path := self._root_path(version)).exists():
            with path.open("rb") as file:
                found.append(file.read(ROOT_MAX))
            version += 1
        return found

    def keep(self, name: str, data: bytes) -> None:
        """Keep the last metadata of a role whose keys may be offline."""
        write_private(self.folder / f"{name}.json", data)

    def kept(self, name: str) -> bytes | None:
        """What was kept last."""
        path = self.folder / f"{name}.json"
        return path.read_bytes() if path.exists() else None

    def _root_path(self, version: int) -> Path:
        return self.folder / f"{version}.root.json"

    def _read(self) -> dict[str, Any]:
        path = self.folder / BOOK
        if not path.exists():
            return dict(EMPTY)
        try:
            with path.open("rb") as file:
                book: dict[str, Any] = json.loads(file.read(BOOK_MAX))
        except (OSError, ValueError) as error:
            raise KeyUnusable(f"The key book {path} cannot be read: {error}.") from error
        if book.get("format") == ABSOLUTE:
            return {**book, "format": FORMAT, "keys": [self._moved(i) for i in book["keys"]]}
        if book.get("format") != FORMAT:
            raise KeyUnusable(f"The key book {path} has an unknown format.")
        return book

    def _moved(self, item: dict[str, Any]) -> dict[str, Any]:
        """A key of an old book; its file lies here now, if it does not lie where it was."""
        return {**item, "uri": places.moved(item["uri"], self.folder)}

    def _with(self, book: Mapping[str, Any], entries: Iterable[Entry]) -> dict[str, Any]:
        """The book with more keys; none of them may have been a role's before."""
        keys = list(book["keys"])
        known = {(item["role"], item["key"]["keyid"]) for item in keys}
        for entry in entries:
            if (entry.role, entry.key.keyid) in known:
                raise KeyUnusable(f"{entry.role} has had the key {entry.key.keyid} before.")
            known.add((entry.role, entry.key.keyid))
            keys.append(self._item(entry))
        return {**book, "keys": keys}

    def _item(self, entry: Entry) -> dict[str, Any]:
        key = {"keyid": entry.key.keyid, **entry.key.to_dict()}
        uri = places.kept(entry.uri, self.folder)
        item = {"role": entry.role, "uri": uri, "retired": entry.retired, "key": key}
        return {**item, "revoked": True} if entry.revoked else item

    def _entry(self, item: Mapping[str, Any]) -> Entry:
        fields = dict(item["key"])
        key = Key.from_dict(fields.pop("keyid"), fields)
        if not isinstance(key, SSlibKey):
            raise KeyUnusable("The key book holds a key of an unknown type.")
        uri = places.found(item["uri"], self.folder)
        return Entry(item["role"], key, uri, item["retired"], bool(item.get("revoked")))

    def _write(self, book: Mapping[str, Any]) -> None:
        write_private(self.folder / BOOK, json.dumps(book, indent=1, sort_keys=True).encode())


def write_private(path: Path, data: bytes) -> None:
    """Put a file in place in one step, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
