"""What a command prints: a table for people, JSON for programs. Progress and errors go to standard
error.

Guarantees: with `--json`, standard output holds exactly one JSON document, and with a query only
the part of it that is asked for. A table fits a terminal; into a pipe or a file it is written
whole, a tab between two cells, nothing wrapped or cut. Text from the service never becomes
terminal control: rich markup is off, and control characters are shown as what they are.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import jmespath  # type: ignore[import-untyped]
from jmespath.exceptions import JMESPathError  # type: ignore[import-untyped]
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from fleet.cli.errors import RequestRefused
from fleet.cli.rest.transfer import Progress as Tell

NOTHING: Final = "-"
UNITS: Final = ("B", "kB", "MB", "GB")
NAMES: Final = ("id", "name", "number", "file")  # what `--quiet` prints of a row: the first it has
Row = Mapping[str, Any]


@dataclass
class Output:
    """Where and how to print."""

    as_json: bool = False
    quiet: bool = False  # only what names each row
    query: str = ""  # a JMESPath expression into the document
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
        elif self.quiet:
            for row in listed:
                self.line(named(row))
        elif self.out.is_terminal:
            self.out.print(table(listed, columns))
        else:
            self.line("\t".join(columns))
            for row in listed:
                self.line("\t".join(cell(pick(row, path)).plain for path in columns.values()))

    def one(self, document: Any, paths: Sequence[str]) -> None:
        """Print one document: the named paths, line by line."""
        if self.as_json:
            self.json(document)
            return
        if self.quiet:
            self.line(named(document))
            return
        if not self.out.is_terminal:
            for path in paths:
                self.line(f"{path}\t{cell(pick(document, path)).plain}")
            return
        grid = Table.grid(padding=(0, 2))
        for path in paths:
            grid.add_row(Text(path, style="bold"), cell(pick(document, path)))
        self.out.print(grid)

    def json(self, document: Any) -> None:
        """Print one JSON document, or the part of it that the query asks for: a text as it is."""
        found = asked(document, self.query) if self.query else document
        if self.query and isinstance(found, str):
            self.line(cell(found).plain)
        else:
            self.line(json.dumps(found, indent=2, ensure_ascii=False, default=str))

    def line(self, text: str) -> None:
        """Print one line, however long."""
        self.out.file.write(f"{text}\n")

    def note(self, sentence: str) -> None:
        """Tell people something; programs do not see it."""
        if not self.quiet:
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


def asked(document: Any, query: str) -> Any:
    """Return the part of a document that a JMESPath expression names. Raises RequestRefused for an
    expression that cannot be read, or that does not fit the document.
    """
    plain = json.loads(json.dumps(document, default=str))
    try:
        return jmespath.search(query, plain)
    except JMESPathError as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise RequestRefused(f"The query {query!r} cannot be answered: {reason}.") from error


def named(row: Any) -> str:
    """Return what names a row: its id, else its name."""
    found = next((pick(row, name) for name in NAMES if pick(row, name) is not None), None)
    return cell(found).plain


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
