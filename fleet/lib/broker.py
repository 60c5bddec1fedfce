"""The folder broker of the embedded default: kombu's filesystem transport, made safe for several
processes.

Guarantees: a message file appears whole or not at all (the transport's own reader may otherwise
take one that is still empty, which loses it and breaks the consumer); processes that start
together do not tear the table of bindings; messages are taken in the order in which they were
sent.
"""

import fcntl
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

SCHEME: Final = "folder"  # `folder://` as broker address


class FolderChannel(filesystem.Channel):
    """The transport's channel with writes that are atomic, and bindings behind a lock."""

    # kombu's base classes disagree on the second name; it is always passed by position.
    def _put(self, queue: str, message: Any, **_: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        # Wide numbers sort as text in the order of time, also across processes of one machine.
        name = f"{time.time_ns():020d}_{uuid.uuid4().hex}.{queue}.msg"
        whole = folder / f".{name}.part"
        whole.write_text(dumps(message))
        whole.replace(folder / name)

    def _queue_bind(self, *args: Any) -> None:
        with _alone(Path(self.control_folder)):
            super()._queue_bind(*args)

    def _delete(self, *args: Any, **options: Any) -> None:
        with _alone(Path(self.control_folder)):
            super()._delete(*args, **options)


class Transport(filesystem.Transport):
    """The transport behind `folder://`."""

    Channel = FolderChannel


def register() -> None:
    """Make `folder://` known to kombu."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
