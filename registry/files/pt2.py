"""Looking into a `.pt2` file, an archive of `torch.export.save`, without PyTorch. Pure.

Guarantees: the graph is read from its JSON, no pickle is opened here, and nothing is run; any bytes
give an outline or a sentence. What is read says inputs, outputs and operators, and whether an input
is an image, which is channel-last here as it is for ONNX.
"""

import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from fleet.lib.errors import Refused
from registry.files.archive import ArchiveBounds, open_archive, read_member

FORMAT: Final = "archive_format"
GRAPH: Final = "models/model.json"
BOUNDS: Final = {"members": 4096, "ratio": 100}
GRAPH_BYTES: Final = 16 * 1024**2
RANK_MAX: Final = 8
ATEN: Final = "torch.ops.aten."
GETITEM: Final = "_operator.getitem"
DTYPES: Final = {1: "uint8", 2: "int8", 4: "int32", 5: "int64", 6: "float16", 7: "float32"}
IMAGE_READERS: Final = frozenset(
    {
        "adaptive_avg_pool2d", "avg_pool2d", "batch_norm", "conv2d", "conv_transpose2d",
        "max_pool2d", "upsample_nearest2d",
    }
)  # fmt: skip
NEUTRAL: Final = frozenset(
    {"add", "clamp", "div", "dropout", "hardtanh", "mul", "pad", "relu", "relu6", "sub"}
)
IMAGE_RANK: Final = 4


@dataclass(frozen=True)
class Pt2Value:
    """An input or output of the graph: its name, sizes and type."""

    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Pt2Graph:
    """What the file says of its graph."""

    inputs: tuple[Pt2Value, ...]
    outputs: tuple[Pt2Value, ...]
    images: frozenset[str]  # inputs whose channels are moved to the end here
    ops: Mapping[str, int]
    torch: str

    def shape_here(self, value: Pt2Value) -> tuple[int, ...]:
        """The shape of an input as samples are given to it."""
        batch, *sizes = value.shape
        return (batch, *sizes[1:], sizes[0]) if value.name in self.images else value.shape

    def io_schema(self) -> dict[str, list[dict[str, Any]]]:
        """Inputs as samples are given to them, and outputs."""
        return {
            "inputs": [_tensor(v, self.shape_here(v)) for v in self.inputs],
            "outputs": [_tensor(v, v.shape) for v in self.outputs],
        }


def _tensor(value: Pt2Value, shape: tuple[int, ...]) -> dict[str, Any]:
    return {"name": value.name, "shape": list(shape), "dtype": value.dtype}


def is_pt2(stream: BinaryIO) -> bool:
    """Whether an archive is one of `torch.export.save`; its members are looked at again later."""
    head = stream.read(30 + 256)
    stream.seek(0)
    length = int.from_bytes(head[26:28], "little")
    name = head[30 : 30 + length]
    return b"/data/weights/" in name or name.endswith((b"/models/model.json", b"/archive_format"))


def read(stream: BinaryIO, *, limit_bytes: int) -> Pt2Graph:
    """The graph of a file. Raises Refused or TooLarge with a sentence."""
    bounds = ArchiveBounds(unpacked_bytes=limit_bytes, **BOUNDS)
    with open_archive(stream, bounds) as archive:
        found = json_member(archive)
    try:
        return _graph(found)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Refused("The graph of the .pt2 file is not as PyTorch writes it.") from error


def json_member(archive: zipfile.ZipFile) -> dict[str, Any]:
    """The graph of an archive as JSON. Raises Refused."""
    names = [name for name in archive.namelist() if name.partition("/")[2] == GRAPH]
    if len(names) != 1:
        raise Refused("The .pt2 file holds no graph, or several; save one exported program.")
    try:
        found = json.loads(read_member(archive, names[0], limit_bytes=GRAPH_BYTES))
    except (ValueError, RecursionError) as error:
        raise Refused("The graph of the .pt2 file is not JSON.", code="unreadable") from error
    if not isinstance(found, dict):
        raise Refused("The graph of the .pt2 file is not a JSON object.", code="unreadable")
    return found


def _graph(found: dict[str, Any]) -> Pt2Graph:
    module = found["graph_module"]
    graph, signature = module["graph"], module["signature"]
    sizes = graph["tensor_values"]
    nodes = [(_kind(node["target"]), node) for node in graph["nodes"]]
    inputs = [
        spec["user_input"]["arg"] for spec in signature["input_specs"] if "user_input" in spec
    ]
    outputs = [s["user_output"]["arg"] for s in signature["output_specs"] if "user_output" in s]
    if len(outputs) != len(signature["output_specs"]):
        raise Refused("The .pt2 model changes a buffer while it runs: a layer keeps a state.")
    values = tuple(_value(arg, sizes) for arg in inputs)
    names = [kind for kind, _ in nodes]
    ranked = {v.name for v in values if len(v.shape) == IMAGE_RANK}
    return Pt2Graph(
        inputs=values,
        outputs=tuple(_value(arg, sizes) for arg in outputs),
        images=frozenset(ranked & _image_values(nodes) if ranked else ()),
        ops=dict(sorted(Counter(names).items())),
        torch=str(found.get("torch_version", ""))[:32],
    )


def _kind(target: str) -> str:
    if target == GETITEM:
        return "getitem"
    if not target.startswith(ATEN):
        raise Refused(
            f"The .pt2 model has the operator {target[:64]}, which is not a plain one of PyTorch.",
            code="custom_operator",
        )
    return target.removeprefix(ATEN).partition(".")[0]


def _value(arg: dict[str, Any], sizes: dict[str, Any]) -> Pt2Value:
    if "as_tensor" not in arg:
        raise Refused("The .pt2 model takes or gives something that is not a tensor.")
    name = str(arg["as_tensor"]["name"])
    shape = [size.get("as_int") for size in sizes[name]["sizes"]]
    if not shape or len(shape) > RANK_MAX or not all(type(n) is int and n > 0 for n in shape):
        raise Refused(
            f"The .pt2 value {name[:64]} has a size that is not fixed; export with fixed sizes."
        )
    if shape[0] != 1:
        raise Refused(f"The .pt2 model takes {shape[0]} samples at a time; export it with one.")
    return Pt2Value(name, tuple(shape), DTYPES.get(sizes[name]["dtype"], "unknown"))


def _image_values(nodes: list[tuple[str, dict[str, Any]]]) -> set[str]:
    """The values that go into an operator that reads images; each operator is looked at once."""
    makers: dict[str, list[int]] = {}
    for number, (kind, node) in enumerate(nodes):
        for name in _tensors(node["outputs"]) if kind.rstrip("_") in NEUTRAL else ():
            makers.setdefault(name, []).append(number)
    found = {
        name for kind, node in nodes if kind in IMAGE_READERS for name in _tensors(node["inputs"])
    }
    waiting, done = list(found), set[int]()
    while waiting:
        for number in makers.pop(waiting.pop(), ()):
            fresh = (
                set(_tensors(nodes[number][1]["inputs"])) - found if number not in done else set()
            )
            done.add(number)
            waiting += fresh
            found |= fresh
    return found


def _tensors(args: list[dict[str, Any]]) -> Iterator[str]:
    for item in args:
        arg = item.get("arg", item)
        if "as_tensor" in arg:
            yield arg["as_tensor"]["name"]
        for each in arg.get("as_tensors", ()):
            yield each["name"]
