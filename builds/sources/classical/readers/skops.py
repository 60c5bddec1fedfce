"""Reading what skops saved of scikit-learn, as data: nothing of it is imported or run. Pure.

A `.skops` file is an archive with a `schema.json`, a tree of nodes, and arrays beside it. Skops
itself makes objects of these; here they are dictionaries, lists, numbers and arrays of numbers, and
an object is its class's name and what it holds.

Guarantees: any bytes give a value or a sentence; an array is as long as its file; no array of
objects is read; nodes are bounded, in number and in depth.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from fleet.lib.errors import Refused
from registry.files.archive import ArchiveBounds, open_archive, read_member

BOUNDS: Final = ArchiveBounds(members=20_000, unpacked_bytes=256 * 1024**2, ratio=200)
SCHEMA: Final = "schema.json"
SCHEMA_BYTES: Final = 64 * 1024**2
NODES_MAX: Final = 1 << 20
DEPTH_MAX: Final = 100
DAMAGED: Final = "The .skops file is damaged, or of a form that is not read."
LISTS: Final = frozenset({"ListNode", "TupleNode"})
OBJECTS: Final = frozenset({"ObjectNode", "TreeNode"})


@dataclass(frozen=True)
class SavedObject:
    """An object: its class's name, and what it holds."""

    kind: str
    held: Mapping[str, Any]


def read_objects(data: bytes) -> Any:
    """What the file holds. Raises Refused or TooLarge."""
    with open_archive(io.BytesIO(data), BOUNDS) as archive:
        try:
            schema = json.loads(read_member(archive, SCHEMA, limit_bytes=SCHEMA_BYTES))
            return _Unfolding(archive).value(schema, 0)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise Refused(DAMAGED, code="unreadable") from error


class _Unfolding:
    """Nodes to values; what was met before is known by its number."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._left = NODES_MAX
        self._met: dict[int, Any] = {}

    def value(self, node: Mapping[str, Any], depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > DEPTH_MAX:
            raise Refused("The .skops file has too many parts, or too deep ones.")
        loader, number = node["__loader__"], node.get("__id__")
        if loader == "CachedNode":
            return self._met[int(str(number))]
        found = self._made(loader, node, depth + 1)
        if isinstance(number, int):
            self._met[number] = found
        return found

    def _made(self, loader: str, node: Mapping[str, Any], depth: int) -> Any:
        content: Any = node.get("content")
        if loader == "JsonNode":
            return json.loads(content)
        if loader == "DictNode":
            return {str(name): self.value(part, depth) for name, part in content.items()}
        if loader in LISTS:
            return [self.value(part, depth) for part in content]
        if loader == "NdArrayNode":
            if node.get("type") == "numpy":
                return self._array(node["file"])
            return [self.value(part, depth) for part in content]
        if loader in OBJECTS:
            held = self.value(content, depth) if content is not None else None
            return SavedObject(str(node["__class__"])[:64], held if isinstance(held, dict) else {})
        return None  # types, functions, random states: nothing that a tree is made of

    def _array(self, name: str) -> Any:
        data = io.BytesIO(read_member(self._archive, name, limit_bytes=BOUNDS.unpacked_bytes))
        version = np.lib.format.read_magic(data)
        header = {(1, 0): np.lib.format.read_array_header_1_0}.get(
            version, np.lib.format.read_array_header_2_0
        )
        shape, column_first, dtype = header(data)
        rest = data.read()
        if dtype.hasobject or len(rest) != int(np.prod(shape, dtype=object)) * dtype.itemsize:
            raise ValueError
        return np.frombuffer(rest, dtype).reshape(shape, order="F" if column_first else "C")
