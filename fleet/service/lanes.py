"""What waits for a thread of the web process: two lanes that take turns.

What devices ask often and takes little (polls, feedback, windows, sessions) has a lane of its own,
so that a poll never waits for a crowd of downloads or pages, and devices never shut people out: of
two lanes in which somebody waits, each is served every other time.
"""

from collections import deque
from typing import Any, Final

from waitress.task import ThreadedTaskDispatcher

from device_agent.protocol.http import DEVICES_PATH

SHORT: Final = ("/livez", "/readyz", DEVICES_PATH)
CONTROLLER: Final = "/controller/v1/"
FILES: Final = "/softwaremodules/"


def is_short(path: str) -> bool:
    """Tell whether an address is one of those that devices and monitors call often."""
    return path.startswith(SHORT) or (CONTROLLER in path and FILES not in path)


class Lanes:
    """A queue in the form that Waitress' dispatcher uses: `append`, `popleft`, `len`."""

    def __init__(self) -> None:
        self._short: deque[Any] = deque()
        self._long: deque[Any] = deque()
        self._short_next = True

    def __len__(self) -> int:
        return len(self._short) + len(self._long)

    def append(self, task: Any) -> None:
        """Let a connection with a whole request wait in its lane."""
        requests = getattr(task, "requests", None)
        path = getattr(requests[0], "path", "") if requests else ""
        (self._short if is_short(path) else self._long).append(task)

    def popleft(self) -> Any:
        """Return who is next. Raises IndexError when nobody waits."""
        short = bool(self._short) and (self._short_next or not self._long)
        self._short_next = not short
        return (self._short if short else self._long).popleft()


class Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]  # comes without types
    """Waitress' threads, which take their work from the two lanes."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = Lanes()
