"""When the service was last asked, for ``status``: kept where nothing has to last.

A poll every half minute must not wear out a flash chip, so this note lies in a folder that systemd
makes in memory (``RuntimeDirectory=``). Without the folder no note is kept; nothing depends on it.
"""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = "visit.json"
NOTE_LIMIT = 4096  # bytes
SAID_LIMIT = 500  # characters


@dataclass(frozen=True, slots=True)
class Contact:
    """The last one, and when the next is due, in seconds of uptime."""

    at: float
    next_at: float
    error: str = ""  # what stopped it
    windows_lost: int = 0  # since the agent started


def keep(folder: Path, visit: Contact) -> None:
    """Replace the note; without the folder, or room in it, there is none."""
    aside = folder / f"{NAME}.new"
    with contextlib.suppress(OSError):
        aside.write_text(json.dumps(asdict(visit)))
        aside.replace(folder / NAME)


def last(folder: Path) -> Contact | None:
    """Return the note, if there is one that makes sense."""
    try:
        with (folder / NAME).open("rb") as file:
            found = json.loads(file.read(NOTE_LIMIT))
        return _visit(found) if isinstance(found, Mapping) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _visit(found: Mapping[str, object]) -> Contact:
    at, next_at = (float(str(found[name])) for name in ("at", "next_at"))
    return Contact(at, next_at, str(found["error"])[:SAID_LIMIT], int(str(found["windows_lost"])))
