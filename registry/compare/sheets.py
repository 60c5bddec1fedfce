"""Any number of versions side by side: a row for each fact, a column for each version. Pure.

A fact that a version lacks is None; the best of a row is told where more or less of it is better.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from registry.compare import Facts, tensors
from registry.compare.graphs import Operator, OperatorRow, aligned

COLUMNS_MAX: Final = 12
HIGH: Final = "high"  # more is better
LOW: Final = "low"


@dataclass(frozen=True)
class VersionColumn:
    """What is laid beside others of one version: facts of the registry, and of its builds."""

    facts: Facts
    named: Mapping[str, str] = field(default_factory=dict)  # use -> the dataset's name
    quality: Mapping[str, float] = field(default_factory=dict)
    recall: Mapping[str, float] = field(default_factory=dict)  # class -> share that was found
    targets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    graph: Sequence[Operator] | None = None  # of the newest build that told it


@dataclass(frozen=True)
class SheetRow:
    """One fact of each version."""

    part: str
    name: str
    values: tuple[Any, ...]
    unit: str = ""
    better: str = ""

    @property
    def differs(self) -> bool:
        """Whether not all versions agree."""
        return any(value != self.values[0] for value in self.values)

    @property
    def best(self) -> tuple[int, ...]:
        """The columns with the best value, where there is one and a difference."""
        numbers = [value for value in self.values if _number(value)]
        if not self.better or not numbers or not self.differs:
            return ()
        best = max(numbers) if self.better == HIGH else min(numbers)
        return tuple(place for place, value in enumerate(self.values) if value == best)


@dataclass(frozen=True)
class Sheet:
    """All rows, and the networks operator by operator; `untold` columns say nothing of theirs."""

    rows: tuple[SheetRow, ...]
    operators: tuple[OperatorRow, ...]
    untold: tuple[int, ...]


def sheet(columns: Sequence[VersionColumn]) -> Sheet:
    """Lay versions side by side."""
    told = [column.graph for column in columns if column.graph is not None]
    whole = len(told) == len(columns)
    return Sheet(
        rows=tuple(_rows(columns)),
        operators=tuple(aligned(told)) if whole else (),
        untold=tuple(place for place, one in enumerate(columns) if one.graph is None),
    )


def _rows(columns: Sequence[VersionColumn]) -> Iterator[SheetRow]:
    def each(take: Callable[[VersionColumn], Any]) -> tuple[Any, ...]:
        return tuple(take(column) for column in columns)

    yield SheetRow("File", "sha256", each(lambda one: one.facts.sha256))
    yield SheetRow("File", "format", each(lambda one: one.facts.format))
    yield SheetRow("File", "size", each(lambda one: one.facts.size_bytes), "bytes", LOW)
    yield from _documents("Input and output", each(lambda one: tensors(one.facts.io_schema)))
    yield SheetRow("Classes", "names", each(lambda one: list(one.facts.class_names)))
    yield from _documents("Quality", each(lambda one: one.quality), "share", HIGH)
    yield from _documents("Found of each class, int8", each(lambda one: one.recall), "share", HIGH)
    for target in sorted({name for column in columns for name in column.targets}):
        sizes = each(lambda one, target=target: one.targets.get(target, {}))  # type: ignore[misc]
        yield from _sizes(f"Build for {target}", sizes)
    yield from _documents("Operators of the file", each(lambda one: one.facts.ops))
    yield from _documents("Metrics given at the push", each(lambda one: one.facts.metrics))
    yield from _documents("Datasets", each(lambda one: one.named))
    yield from _documents("Lineage", each(lambda one: one.facts.lineage))


def _documents(
    part: str, documents: tuple[Mapping[str, Any], ...], unit: str = "", better: str = ""
) -> Iterator[SheetRow]:
    for name in dict.fromkeys(name for document in documents for name in document):
        values = tuple(document.get(name) for document in documents)
        yield SheetRow(part, name, values, unit, better)


def _sizes(part: str, sizes: tuple[Mapping[str, Any], ...]) -> Iterator[SheetRow]:
    for name, unit in (("flash", "bytes"), ("ram", "bytes"), ("instructions", "")):
        values = tuple(size.get(name) for size in sizes)
        if any(value is not None for value in values):
            yield SheetRow(part, name, values, unit, LOW)
    yield SheetRow(part, "state", tuple(size.get("state") for size in sizes))


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
