"""What a command prints: a table for people, JSON for programs. Progress and errors go to standard
error.

Guarantees: with `--json`, standard output holds exactly one JSON document. Text from the service
never becomes terminal control: rich markup is off, and control characters are shown as what they
are.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from fleet.cli.transfer import Progress as Tell

NOTHING: Final = "-"
UNITS: Final = ("B", "kB", "MB", "GB")
Row = Mapping[str, Any]


@dataclass
class Output:
    """Where and how to print."""

    as_json: bool = False
    out: Console = field(
        default_factory=lambda: Console(file=sys.stdout, highlight=False, markup=False)
    )
    err: Console = field(
        default_factory=lambda: Console(file=sys.stderr, highlight=False, markup=False)
    )

    def rows(self, rows: Iterable[Row], columns: Mapping[str, str]) -> None:
        """Print a list: `columns` maps a heading to the path of its value, such as
        `running.version`.
        """
        listed = list(rows)
        if self.as_json:
            self.json(listed)
        else:
            self.out.print(table(listed, columns))

    def one(self, document: Any, paths: Sequence[str]) -> None:
        """Print one document: the named paths, line by line."""
        if self.as_json:
            self.json(document)
            return
        grid = Table.grid(padding=(0, 2))
        for path in paths:
            grid.add_row(Text(path, style="bold"), cell(pick(document, path)))
        self.out.print(grid)

    def json(self, document: Any) -> None:
        """Print one JSON document."""
        self.out.file.write(json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n")

    def note(self, sentence: str) -> None:
        """Tell people something; programs do not see it."""
        self.err.print(cell(sentence))

    def error(self, sentence: str) -> None:
        """Tell why the command ends."""
        self.err.print(cell(f"error: {sentence}"), style="red", soft_wrap=True)

    @contextmanager
    def transfer(self, title: str, total: int | None) -> Iterator[Tell]:
        """Show a bar on standard error while bytes move; yields what must be told of each piece."""
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
        )
        hidden = self.as_json or not self.err.is_terminal
        with Progress(*columns, console=self.err, disable=hidden) as bars:
            bar = bars.add_task(title, total=total)
            yield lambda count: bars.update(bar, advance=count)


def table(rows: Sequence[Row], columns: Mapping[str, str]) -> Table:
    """Return a table with one line per row."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for heading in columns:
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*(cell(pick(row, path)) for path in columns.values()))
    return made


def pick(document: Any, path: str) -> Any:
    """Return the value at a path such as `running.version`; None when a part is missing."""
    for part in path.split("."):
        document = document.get(part) if isinstance(document, Mapping) else None
    return document


def cell(value: Any) -> Text:
    """Return a value as people read it, with control characters made visible."""
    return Text("".join(c if c.isprintable() else repr(c)[1:-1] for c in words(value)))


def words(value: Any) -> str:
    """Return a value in words: lists with commas, mappings as `key=value`, nothing as a dash."""
    match value:
        case None | "" | []:
            return NOTHING
        case Mapping() if not value:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.4g}"
        case list() | tuple():
            return ", ".join(words(item) for item in value)
        case Mapping():
            return " ".join(f"{key}={words(item)}" for key, item in value.items())
    return str(value)


def size(count: int | None) -> str:
    """Return bytes in the unit that people read."""
    if count is None:
        return NOTHING
    amount = float(count)
    for unit in UNITS:
        if amount < 1000 or unit == UNITS[-1]:
            break
        amount /= 1000
    return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"
