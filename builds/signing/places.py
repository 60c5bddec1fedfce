"""Where a key book's files are: written as a way from the book, read as a place on this machine.

Only files in the book's folder and in the one above are written so: both move together, as a whole
`var/` does. A file elsewhere, such as a mounted secret, keeps its place.
"""

import os
from pathlib import Path
from typing import Final

FILE: Final = "file:"


def kept(uri: str, folder: Path) -> str:
    """A URI as the book of `folder` writes it down."""
    if not uri.startswith(FILE):
        return uri
    path = Path(uri.removeprefix(FILE)).absolute()
    return FILE + (os.path.relpath(path, folder.absolute()) if is_near(uri, folder) else str(path))


def is_near(uri: str, folder: Path) -> bool:
    """Whether a file is in the book's folder or in the one above."""
    home = folder.absolute()
    return Path(uri.removeprefix(FILE)).absolute().parent in (home, home.parent)


def found(uri: str, folder: Path) -> str:
    """The URI that can be opened here."""
    if not uri.startswith(FILE):
        return uri
    return FILE + os.path.normpath(folder.absolute() / uri.removeprefix(FILE))


def moved(uri: str, folder: Path) -> str:
    """The way to a file of an old book, which named its place on some machine."""
    path = Path(uri.removeprefix(FILE))
    if uri.startswith(FILE) and not _is_there(path):
        home = folder if path.parent.name == folder.name else folder.parent
        if _is_there(home / path.name):
            return kept(f"{FILE}{home / path.name}", folder)
    return kept(uri, folder)


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder of somebody else's
        return False
