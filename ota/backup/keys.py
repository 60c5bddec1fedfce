"""The folder of keys: what everybody may read of it, what is private, and what lies elsewhere."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from builds.signing.errors import SigningBusy, SigningError
from builds.signing.keybook import BOOK, KeyBook, write_private
from fleet.lib.errors import Conflict, Unavailable
from ota.trust.keys import key_store

PATIENCE_SECONDS: Final = 30.0  # for the signer to come to rest
LOOK_SECONDS: Final = 0.2
BOOK_NAME: Final = f"tuf/{BOOK}"
SECRET: Final = "django_secret"  # noqa: S105 - a file's name
PUBLIC: Final = ".json"  # the book, the roots, the last targets


@dataclass(frozen=True)
class FoundKeys:
    """The folder's files by name, and keys that lie elsewhere by URI."""

    public: Mapping[str, bytes]
    private: Mapping[str, bytes]
    elsewhere: tuple[str, ...] = ()


def folder() -> Path:
    """Return the folder of keys."""
    return Path(settings.EDGEFLEET_KEY_DIR)


def place_of(name: str) -> Path:
    """Return where a file of a backup belongs. The service's own secret has a fixed place."""
    return Path(settings.VAR_DIR) / "keys" / SECRET if name == SECRET else folder() / name


@contextmanager
def still() -> Iterator[None]:
    """Nobody signs meanwhile: database and key book are of one moment. Raises Unavailable."""
    book = KeyBook(key_store.folder())
    with ExitStack() as held:
        if os.access(book.folder / BOOK, os.R_OK):
            _take(book, held)
        yield


def _take(book: KeyBook, held: ExitStack) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            held.enter_context(book.locked())
        except SigningBusy as error:
            if time.monotonic() > until:
                raise Unavailable(
                    f"The signer has been at work for {PATIENCE_SECONDS:.0f} s."
                ) from error
            time.sleep(LOOK_SECONDS)
        except OSError as error:
            raise Unavailable(f"The folder of keys cannot be locked: {error}.") from error
        else:
            return


def gather() -> FoundKeys:
    """Read it. Raises Unavailable if this user may not."""
    public: dict[str, bytes] = {}
    private: dict[str, bytes] = {}
    try:
        _require_book()
        for name, path in _files():
            kept = public if name.startswith("tuf/") and path.suffix == PUBLIC else private
            kept[name] = path.read_bytes()
        return FoundKeys(public, private, _elsewhere())
    except (OSError, SigningError) as error:
        raise Unavailable(f"The folder of keys cannot be read: {error}.") from error


def _require_book() -> None:
    """A folder that may not be listed looks like an empty one."""
    if not os.access(folder() / BOOK_NAME, os.R_OK):
        raise Unavailable(f"There is no key book in {folder()} that this user may read.")


def _files() -> Iterator[tuple[str, Path]]:
    for path in sorted(folder().rglob("*")):
        name = str(path.relative_to(folder()))
        if path.is_file() and not path.name.startswith(".") and name != SECRET:
            yield name, path
    if place_of(SECRET).is_file():
        yield SECRET, place_of(SECRET)


def _elsewhere() -> tuple[str, ...]:
    """Return keys that no copy of this folder brings back."""
    named = {entry.uri for entry in KeyBook(key_store.folder()).entries()}
    named |= set(settings.EDGEFLEET_SIGNING_KEYS.values())
    here = f"file:{folder()}/"
    return tuple(sorted(uri for uri in named if uri and not uri.startswith(here)))


def require_room(files: Mapping[str, bytes]) -> None:
    """Raise Conflict where the folder holds something else than a restore would write.

    The service's secret does not count: every command that starts makes one.
    """
    for name, path in _files():
        if name != SECRET and files.get(name) != path.read_bytes():
            raise Conflict(
                f"{path} is there already: empty the folder of keys, or keep it by --keep-keys."
            )


def bring_back(files: Mapping[str, bytes]) -> None:
    """Write the files, the book last: without it there are no keys."""
    for name in sorted(files, key=lambda name: (name == BOOK_NAME, name)):
        write_private(place_of(name), files[name])
