"""Following something that runs: a line for each news, until it has ended.

Guarantees: nothing is printed twice, standard output stays free for the final document, and a limit
in seconds is kept by counting the pauses, not by a clock that may be set.
"""

from collections.abc import Callable
from typing import Any, Final

from rich.live import Live
from rich.text import Text

from fleet.cli.errors import FailedOutcome
from fleet.cli.output import cell
from fleet.cli.session import WATCH_EVERY, Session

DAY_SECONDS: Final = 86_400.0


def follow(
    session: Session,
    fetch: Callable[[], Any],
    *,
    line: Callable[[Any], str],
    is_over: Callable[[Any], bool],
    limit: float = DAY_SECONDS,
    every: float = WATCH_EVERY,
) -> Any:
    """Return the document once it has ended. Raises FailedOutcome when `limit` seconds were not
    enough.
    """
    waited, seen = 0.0, ""
    with _Board(session) as board:
        while True:
            found = fetch()
            if (text := line(found)) != seen:
                board.show(text)
                seen = text
            if is_over(found):
                return found
            if waited >= limit:
                raise FailedOutcome(f"It is still running after {limit:g} seconds: {seen}.")
            session.sleep(every)
            waited += every


class _Board:
    """One line that changes in place on a terminal, lines in a log, nothing for JSON."""

    def __init__(self, session: Session) -> None:
        self._output = session.output
        self._live: Live | None = None
        if not session.output.as_json and session.output.err.is_terminal:
            self._live = Live(Text(""), console=session.output.err, refresh_per_second=4)

    def __enter__(self) -> "_Board":
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *details: Any) -> None:
        if self._live:
            self._live.stop()

    def show(self, text: str) -> None:
        """Tell the news."""
        if self._live:
            self._live.update(cell(text))
        elif not self._output.as_json:
            self._output.note(text)
