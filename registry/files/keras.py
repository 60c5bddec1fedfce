"""Looking into a `.keras` file without loading it. Pure: no Keras, no database.

Guarantees: what passes is an archive of exactly the three members that Keras 3 writes for a model
without assets, within bounds, whose configuration names no layer that carries code. Loading it may
still run foreign code: that happens in the jail only. What is read here is an outline, to refuse
early.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from fleet.lib.errors import Refused
from registry.files.archive import ArchiveBounds, check_member, open_archive, read_member

MEMBERS: Final = frozenset({"config.json", "metadata.json", "model.weights.h5"})
RATIO: Final = 100
RANK_MAX: Final = 16
SIZE_MAX: Final = 2**31
CONFIG_BYTES: Final = 8 * 1024**2
METADATA_BYTES: Final = 64 * 1024
NODES_MAX: Final = 500_000  # JSON values in the configuration
HDF5_MAGIC: Final = b"\x89HDF\r\n\x1a\n"
# They run code that the file brings along, or load files that it names.
CODE_LAYERS: Final = frozenset(
    {"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"}
)


@dataclass(frozen=True)
class Outline:
    """What the configuration says; `inputs` is empty where only loading can tell."""

    keras_version: str
    inputs: tuple[tuple[int, ...], ...]  # shapes without the batch, 0 for a size that is not fixed


def outline(stream: BinaryIO, *, limit_bytes: int) -> Outline:
    """Check the archive and read its outline. Raises Refused or TooLarge with a sentence."""
    bounds = ArchiveBounds(members=16, unpacked_bytes=limit_bytes, ratio=RATIO)
    with open_archive(stream, bounds) as archive:
        names = set(archive.namelist())
        _check_names(names)
        config = _json(read_member(archive, "config.json", limit_bytes=CONFIG_BYTES), "config.json")
        meta = read_member(archive, "metadata.json", limit_bytes=METADATA_BYTES)
        version = _json(meta, "metadata.json").get("keras_version", "")
        weights = check_member(archive, "model.weights.h5", limit_bytes=limit_bytes)
    if not weights.startswith(HDF5_MAGIC):
        raise Refused("The weights in the .keras file are damaged.", code="unreadable")
    nodes = list(_nodes(config))
    # Only plain words: the text of a nested value would be written once per level.
    words = {name for n in nodes if isinstance(name := n.get("class_name"), str)}
    if carried := sorted(words & CODE_LAYERS):
        raise Refused(
            f"The model holds a {carried[0]} layer, which brings its own code; use plain layers.",
            code="carries_code",
        )
    return Outline(version[:32] if isinstance(version, str) else "", tuple(_inputs(nodes)))


def _check_names(names: set[str]) -> None:
    if "saved_model.pb" in {name.rpartition("/")[2] for name in names}:
        raise Refused(
            "This is a zipped SavedModel, which may read files and the network; save as .keras.",
            code="wrong_format",
        )
    if any(name.endswith("data.pkl") for name in names):
        raise Refused(
            "This is a PyTorch file, a pickle that runs code when read; export to ONNX.",
            code="wrong_format",
        )
    if any(name.endswith(".npy") for name in names):
        raise Refused("This is a dataset (.npz), not a model.", code="wrong_format")
    if missing := sorted(MEMBERS - names):
        raise Refused(f"This zip is no .keras file: {missing[0]} is missing.", code="wrong_format")
    if extra := sorted(names - MEMBERS):
        raise Refused(f"The .keras file holds {extra[0]}, which no plain model needs.")


def _json(data: bytes, name: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{name} in the .keras file is not JSON.", code="unreadable") from error
    if not isinstance(value, dict):
        raise Refused(f"{name} in the .keras file is not a JSON object.", code="unreadable")
    return value


def _nodes(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every JSON object of the configuration, without recursion and within a bound."""
    queue: list[Any] = [config]
    seen = 0
    while queue:
        seen += 1
        if seen > NODES_MAX:
            raise Refused("The model's configuration is larger than any real one.")
        value = queue.pop()
        if isinstance(value, dict):
            yield value
            queue.extend(value.values())
        elif isinstance(value, list):
            queue.extend(value)


def _inputs(nodes: list[dict[str, Any]]) -> Iterator[tuple[int, ...]]:
    for node in nodes:
        inner = node.get("config")
        if node.get("class_name") == "InputLayer" and isinstance(inner, dict):
            shape = inner.get("batch_shape")
            if isinstance(shape, list) and 1 < len(shape) <= RANK_MAX:
                yield tuple(_size(size) for size in shape[1:])


def _size(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < SIZE_MAX else 0
