"""What `registry.compare` found, as rows of a table. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

TITLES: Final = {
    "io": "Input and output",
    "ops": "Operators",
    "metrics": "Metrics given at the push",
    "lineage": "Lineage",
    "datasets": "Datasets",
}


@dataclass(frozen=True)
class ComparisonRow:
    """One thing that differs."""

    part: str
    name: str
    before: Any
    after: Any
    step: float | None = None


def difference_rows(found: Mapping[str, Any]) -> list[ComparisonRow]:
    """Return a row for each difference, part by part; empty where there is none."""
    return [
        *_file(found),
        *_classes(found["class_names"]),
        *(row for part, title in TITLES.items() for row in _rows(title, found[part])),
        *(
            row
            for engine, different in found["evaluations"].items()
            for row in _rows(f"Measured by the {engine} engine", different)
        ),
    ]


def _rows(part: str, different: Mapping[str, Mapping[str, Any]]) -> Iterator[ComparisonRow]:
    for name, change in different.items():
        yield ComparisonRow(part, name, change["from"], change["to"], change["step"])


def _file(found: Mapping[str, Any]) -> Iterator[ComparisonRow]:
    if found["format"]:
        yield ComparisonRow("File", "format", found["format"]["from"], found["format"]["to"])
    if found["size_bytes"]["step"]:
        change = found["size_bytes"]
        yield ComparisonRow("File", "size in bytes", change["from"], change["to"], change["step"])


def _classes(names: Mapping[str, Any]) -> Iterator[ComparisonRow]:
    if names["added"] or names["removed"]:
        yield ComparisonRow(
            "Classes", "names", ", ".join(names["removed"]), ", ".join(names["added"])
        )
    if names["reordered"]:
        yield ComparisonRow("Classes", "order", "the same names", "in another order")
