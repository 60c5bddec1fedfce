"""The manual's page about the house."""

from typing import Final

from fleet.manual.architecture.rooms import Floor, HouseRoom, floors, top

HEAD: Final = """# Architecture

Where things stand in the code, and what may import what. This page and its picture are drawn from
the import contracts, the docstrings and the imports of the code itself (`manage.py
manual_generate`); a test fails when code and page differ.

![The rooms of every package, and which package imports which](pictures/rooms.svg)

A package imports what stands below it, never what stands above. Rooms on one line are neighbours
and do not import each other. An app of Django has the same frame everywhere: `apps`, `admin`,
`api` (REST), `models`, `migrations`, `choices`, `selectors` (reads), `services` (acts) and `tasks`
(what workers do). What decides is pure and stands low; what reads and writes stands above it.

## The packages

| from the top | what it is |
|---|---|
"""
TABLE: Final = "| from the top | room | what lies there |\n|---|---|---|\n"


def page() -> str:
    """Return the page as Markdown."""
    rows = "".join(f"| `{room.address}` | {room.sentence} |\n" for room in top())
    return HEAD + rows + "".join(map(_floor, floors()))


def _floor(floor: Floor) -> str:
    head = f"\n## {floor.room.address}\n\n{floor.room.sentence}\n\n{TABLE}"
    return head + "".join(
        _row(str(place) if first else "", room)
        for place, line in enumerate(floor.lines, 1)
        for first, room in zip([True] + [False] * len(line), line, strict=False)
    )


def _row(place: str, room: HouseRoom) -> str:
    name = f"{room.name}/" if room.folder else f"{room.name}.py"
    return f"| {place} | `{name}` | {room.sentence.replace('|', chr(92) + '|')} |\n"
