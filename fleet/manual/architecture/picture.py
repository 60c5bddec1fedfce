"""The picture of the house: a band for each package with its rooms, beside what imports what."""

from collections.abc import Iterator
from typing import Final

from fleet.console.svg.canvas import label, number, rect
from fleet.manual.architecture.rooms import Floor, HouseRoom, arrows, floors, top

# All lengths in units of the picture.
NAMES_WIDTH: Final = 168
ROOMS_WIDTH: Final = 700
CELL: Final = 26
LINE: Final = 24
GAP: Final = 10
LETTER: Final = 6.6
HEAD: Final = 118  # above the bands: the columns' names, slanted
STYLE: Final = (
    "<style>.band{fill:#f4f6fa}.room{fill:#e8f1fb;stroke:#3b6ea8}.file{fill:#fff;stroke:#9aa7b8}"
    ".yes{fill:#3b6ea8}.no{fill:#eef1f6}.self{fill:#d5dbe5}text{fill:#1d2433;font-size:11.5px}"
    ".title{font-weight:650;font-size:13px}.small{fill:#56617a;font-size:10.5px}</style>"
)


def picture() -> str:
    """Return the picture as an SVG document."""
    rooms = top()
    inside = {floor.room.address: floor for floor in floors()}
    inside["device_agent.protocol"] = inside["device_agent"]
    parts, tops, y = [], [], float(HEAD)
    for room in rooms:
        height, drawn = _band(room, inside.get(room.address), y)
        parts += drawn
        tops.append(y)
        y += height + GAP
    parts += _matrix(rooms, tops)
    width = NAMES_WIDTH + ROOMS_WIDTH + GAP + CELL * len(rooms) + 90
    title = "EdgeFleet's packages from the top, the rooms in each, and which package imports which"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {number(y)}" role="img"'
        f' font-family="system-ui, sans-serif"><title>{title}</title>{STYLE}'
        f'<rect width="{width}" height="{number(y)}" fill="#fff"/>\n'
        + "\n".join(parts)
        + "</svg>\n"
    )


def _band(room: HouseRoom, floor: Floor | None, y: float) -> tuple[float, list[str]]:
    """Return how high a package's band is, and what is drawn in it."""
    name = "device_agent" if room.address == "device_agent.protocol" else room.address
    cells, x, row = [], float(NAMES_WIDTH), 0
    for line in floor.lines if floor else ():
        for neighbour in line:
            width = len(neighbour.name) * LETTER + 14
            if x + width > NAMES_WIDTH + ROOMS_WIDTH - GAP:
                x, row = float(NAMES_WIDTH), row + 1
            top_of = y + 8 + row * LINE
            css = "room" if neighbour.folder else "file"
            cells.append(rect(x, top_of, width, LINE - 5, css, neighbour.sentence))
            cells.append(label(x + width / 2, top_of + 13.5, neighbour.name, anchor="middle"))
            x += width + 4
        x += 10  # the next line of the contract
    height = max(CELL + 8, 12 + (row + 1) * LINE)
    frame = rect(0, y, NAMES_WIDTH + ROOMS_WIDTH, height, "band", room.sentence)
    return height, [frame, label(10, y + 22, name, "title"), *cells]


def _matrix(rooms: list[HouseRoom], tops: list[float]) -> Iterator[str]:
    """Draw a row for each package: which of the others it imports."""
    pairs = arrows(rooms)
    left = NAMES_WIDTH + ROOMS_WIDTH + GAP
    for column, to in enumerate(rooms):
        x = left + column * CELL + CELL / 2
        name = to.address.removeprefix("fleet.").removesuffix(".protocol")
        slant = f"rotate(-55 {number(x)} {HEAD - 8})"
        yield f'<text x="{number(x)}" y="{HEAD - 8}" transform="{slant}">{name}</text>'
        for one, y in zip(rooms, tops, strict=True):
            css = "self" if one == to else "yes" if (one.address, to.address) in pairs else "no"
            tip = f"{one.address} imports {to.address}" if css == "yes" else ""
            yield rect(left + column * CELL + 2, y + 5, CELL - 4, CELL - 4, css, tip)
    yield label(0, 20, "EdgeFleet: packages from the top, and their rooms", "title")
    hints = (
        "Blue: a folder. White: a file. Left imports right, never the other way.",
        "The squares: the package of the row imports the package of the column.",
    )
    for line, hint in enumerate(hints):
        yield label(0, 44 + 18 * line, hint, "small")
