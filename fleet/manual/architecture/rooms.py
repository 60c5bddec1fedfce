"""The rooms of every package: where each stands, what lies in it, and what imports what.

The order of the rooms is read from the import contracts in `pyproject.toml`, what lies in a room
from its docstring, and arrows from its imports. Nothing is imported for it.
"""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
LAYERS: Final = "layers"


@dataclass(frozen=True)
class HouseRoom:
    """One package or module: its dotted name, the first sentence about it, whether a folder."""

    address: str
    sentence: str
    folder: bool

    @property
    def name(self) -> str:
        """The last word of its address."""
        return self.address.rpartition(".")[2]


@dataclass(frozen=True)
class Floor:
    """A package and its rooms: line by line from the top, neighbours of one line together."""

    room: HouseRoom
    lines: tuple[tuple[HouseRoom, ...], ...]


def floors() -> list[Floor]:
    """Return each package that has a contract of its own, in the order of the contracts."""
    return [
        Floor(room(container), tuple(_line(container, line) for line in contract["layers"]))
        for contract in _contracts()
        for container in contract.get("containers", ())
    ]


def top() -> list[HouseRoom]:
    """Return the packages that the first contract orders, from the top."""
    first = next(contract for contract in _contracts() if "containers" not in contract)
    return [room(address) for address in first["layers"]]


def arrows(rooms: list[HouseRoom]) -> set[tuple[str, str]]:
    """Return the pairs (importing, imported) of addresses among `rooms`, by the code's imports."""
    addresses = [one.address for one in rooms]
    found = set()
    for address in addresses:
        for module in {name for path in _files(address) for name in _imports(path)}:
            owner = next((a for a in addresses if f"{module}.".startswith(f"{a}.")), None)
            if owner is not None and owner != address:
                found.add((address, owner))
    return found


def room(address: str) -> HouseRoom:
    """Return the room at a dotted name. Raises FileNotFoundError where nothing stands."""
    path = ROOT.joinpath(*address.split("."))
    folder = path.is_dir()
    file = path / "__init__.py" if folder else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text())) or ""
    sentence = " ".join(text.split("\n\n")[0].split())
    return HouseRoom(address, sentence, folder)


def _line(container: str, line: str) -> tuple[HouseRoom, ...]:
    """Rooms in brackets may be missing: their place is fixed before they are built."""
    names = [name.strip() for name in line.split("|")]
    built = [name.strip("()") for name in names if not _planned(container, name)]
    return tuple(room(f"{container}.{name}") for name in built)


def _planned(container: str, name: str) -> bool:
    path = ROOT.joinpath(*container.split("."), name.strip("()"))
    return name.startswith("(") and not (path.is_dir() or path.with_suffix(".py").exists())


def _contracts() -> Iterator[dict[str, list[str]]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for contract in settings["tool"]["importlinter"]["contracts"]:
        if contract["type"] == LAYERS:
            yield contract


def _files(address: str) -> Iterator[Path]:
    path = ROOT.joinpath(*address.split("."))
    yield from path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]


@cache
def _imports(path: Path) -> frozenset[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)
