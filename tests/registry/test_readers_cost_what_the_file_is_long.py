"""What the web process reads of a stranger's file costs as much as the file is long, whatever the
file says; steps are counted, not seconds.
"""

import io
import json
import struct
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import IO, Any

import pytest

from builds.sources.onnx.write import write
from fleet.lib.errors import Refused
from registry.files import archive, pt2
from registry.files import keras as keras_archive
from registry.files import tflite as tflite_outline
from registry.files.archive import ArchiveBounds, open_archive
from registry.files.onnx.model import OnnxModel, OnnxNode, OnnxValue
from registry.files.onnx.outline import outline as onnx_outline
from registry.files.onnx.read import read as onnx_read
from tests.registry.factories import keras_members, zip_bytes

BOUNDS = ArchiveBounds(members=16, unpacked_bytes=8 * 1024**2, ratio=100)


def u32(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


def graphs_that_share_their_tensors(graphs: int, tensors: int) -> bytes:
    """`graphs` offsets to one graph whose vector names one tensor `tensors` times."""
    vtable = struct.pack("<7H", 14, 16, 4, 0, 8, 0, 12) + bytes(2)  # version, subgraphs, buffers
    root = 8 + len(vtable)
    graph_vtable = struct.pack("<3H", 6, 8, 4) + bytes(2)
    tensor_vtable = struct.pack("<2H", 4, 4)
    at_graphs = root + 16
    at_graph_vtable = at_graphs + 4 + 4 * graphs
    at_graph = at_graph_vtable + len(graph_vtable)
    at_tensors = at_graph + 8
    at_tensor_vtable = at_tensors + 4 + 4 * tensors
    at_tensor = at_tensor_vtable + len(tensor_vtable)
    at_buffers = at_tensor + 4
    parts = [
        u32(root), b"TFL3", vtable,
        u32(root - 8, 3, at_graphs - (root + 8), at_buffers - (root + 12)),
        u32(graphs), *(u32(at_graph - (at_graphs + 4 + 4 * n)) for n in range(graphs)),
        graph_vtable, u32(at_graph - at_graph_vtable, at_tensors - (at_graph + 4)),
        u32(tensors), *(u32(at_tensor - (at_tensors + 4 + 4 * n)) for n in range(tensors)),
        tensor_vtable, u32(at_tensor - at_tensor_vtable), u32(0),
    ]  # fmt: skip
    return b"".join(parts)


def numbers_read(data: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many numbers of the file were looked at."""
    count = 0
    reader = tflite_outline._Reader
    number = reader.number

    def counted(self: object, place: int, length: int, *, signed: bool = False) -> int:
        nonlocal count
        count += 1
        return number(self, place, length, signed=signed)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(reader, "number", counted)
        with suppress(Refused):
            tflite_outline.outline(data)
    return count


def test_a_graph_is_read_as_often_as_the_file_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = graphs_that_share_their_tensors(1, 20)
    assert numbers_read(honest, monkeypatch) > 100
    assert tflite_outline.outline(honest).inputs == ()
    # The product of graphs and tensors would be a million tensors, in 8 kB.
    data = graphs_that_share_their_tensors(1000, 1000)
    assert len(data) < 8200
    assert numbers_read(data, monkeypatch) < 8 * len(data)
    with pytest.raises(Refused):
        tflite_outline.outline(data)


def test_what_is_looked_at_is_bounded_for_any_file(monkeypatch: pytest.MonkeyPatch) -> None:
    data = graphs_that_share_their_tensors(1, 300_000)
    assert numbers_read(data, monkeypatch) < 40
    with pytest.raises(Refused):
        tflite_outline.outline(data)


class Counted(io.BytesIO):
    """Knows how many bytes were read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def many_members(count: int) -> bytes:
    """An archive whose directory names one empty member `count` times."""
    whole = zip_bytes({"a": b""})
    place = whole.index(b"PK\x01\x02")
    entry, end = whole[place:-22], whole[-22:]
    head = end[:8] + struct.pack("<HH", count % 65536, count % 65536)
    size = len(entry) * count
    return whole[:place] + entry * count + head + struct.pack("<II", size, place) + end[20:]


def in_64_bits(data: bytes) -> bytes:
    """The same archive, its end written as a zip64 record."""
    end = data[-22:]
    size, offset = struct.unpack("<II", end[12:20])
    entries = size // 47
    record = struct.pack(
        "<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, size, offset
    )
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(data) - 22, 1)
    short = end[:8] + b"\xff" * 12 + end[20:]
    return data[:-22] + record + locator + short


@pytest.mark.parametrize("form", [bytes, in_64_bits], ids=["zip", "zip64"])
def test_a_directory_is_judged_before_it_is_read(
    form: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_archive(io.BytesIO(form(many_members(1))), BOUNDS).namelist() == ["a"]
    data = form(many_members(100_000))
    made: list[str] = []
    info = zipfile.ZipInfo.__init__

    def counted(self: zipfile.ZipInfo, name: str = "", *rest: object) -> None:
        made.append(name)
        info(self, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(zipfile.ZipInfo, "__init__", counted)
    stream = Counted(data)
    with pytest.raises(Refused, match="too many members: its directory takes 4700000 bytes"):
        open_archive(stream, BOUNDS)
    assert stream.taken < 2 * archive.DIRECTORY_BYTES
    assert made == []


def test_a_directory_that_may_be_read_is_small_enough_to_count() -> None:
    with pytest.raises(Refused, match="has 2000 members; at most 16"):
        open_archive(io.BytesIO(many_members(2000)), BOUNDS)


def test_the_words_of_a_configuration_are_each_read_once() -> None:
    config: object = "Dense"
    for _ in range(400):
        config = {"class_name": config, "list": ["x" * 1000]}
    members = keras_members() | {"config.json": json.dumps(config).encode()}
    texts = 0

    class Watched(dict[str, object]):
        def __repr__(self) -> str:
            nonlocal texts
            texts += 1
            return super().__repr__()

    def load(data: bytes) -> object:
        return json.loads(data, object_hook=Watched)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("registry.files.keras.json", type("J", (), {"loads": staticmethod(load)}))
        found = keras_archive.outline(io.BytesIO(zip_bytes(members)), limit_bytes=10**7)
    assert found.inputs == ()
    assert texts == 0


def test_weights_are_not_held_to_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.files.archive.CHUNK_BYTES", 512)
    held = []
    first = archive._first_of_all

    def kept(file: IO[bytes], size: int) -> bytes:
        held.append(data := first(file, size))
        return data

    monkeypatch.setattr("registry.files.archive._first_of_all", kept)
    keras_archive.outline(io.BytesIO(zip_bytes(keras_members())), limit_bytes=10**7)
    assert [len(data) for data in held] == [512]


def lines_run(work: Callable[[], object]) -> int:
    """How many lines the readers run, comprehensions counted by their rounds."""
    count = 0

    def local(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal count
        count += event == "line"
        return local

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        return local if "registry/files" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def onnx_of(inputs: int, nodes: list[OnnxNode]) -> bytes:
    image = (1, 3, 8, 8)
    return write(
        OnnxModel(
            inputs=tuple(OnnxValue(f"x{at}", "float32", image) for at in range(inputs)),
            outputs=(OnnxValue("y0", "float32", image),),
            nodes=tuple(nodes),
            constants={},
            opsets={"": 13},
        )
    )


def wide(size: int) -> bytes:
    """One operator that reads a value so many times and makes as many others."""
    made = tuple(f"y{at}" for at in range(size))
    return onnx_of(1, [OnnxNode("Relu", ("x0",) * size, made)])


def crowded(size: int) -> bytes:
    """So many inputs, each of which may be an image, and as many operators."""
    nodes = [OnnxNode("Relu", ("x0",), (f"y{at}",)) for at in range(size)]
    return onnx_of(size, nodes)


@pytest.mark.parametrize("made", [wide, crowded])
def test_an_onnx_graph_is_followed_in_linear_time(made: Callable[[int], bytes]) -> None:
    short, long = made(50), made(400)
    steps = lines_run(lambda: onnx_outline(short))
    assert lines_run(lambda: onnx_outline(long)) < 12 * steps


def test_a_producer_that_is_told_over_and_over_is_one_name() -> None:
    told = b"".join([b"\x12\x40" + b"a" * 64] * 1000)
    assert len(onnx_read(told + wide(1)).producer) < 140


def pt2_of(length: int, reads: int) -> bytes:
    """A chain of so many operators, the first of which names its input so many times."""

    def tensor(name: str) -> dict[str, Any]:
        return {"as_tensor": {"name": name}}

    nodes = [
        {
            "target": "torch.ops.aten.relu.default",
            "inputs": [{"arg": tensor(f"r{at}")}] * (reads if at == 0 else 1),
            "outputs": [tensor(f"r{at + 1}")],
        }
        for at in range(length)
    ]
    sizes = {"dtype": 7, "sizes": [{"as_int": size} for size in (1, 3, 8, 8)]}
    graph = {"tensor_values": {"r0": sizes}, "nodes": nodes}
    signature = {
        "input_specs": [{"user_input": {"arg": tensor("r0")}}] * reads,
        "output_specs": [{"user_output": {"arg": tensor("r0")}}],
    }
    text = json.dumps({"graph_module": {"graph": graph, "signature": signature}})
    return zip_bytes({"net/models/model.json": text.encode()})


@pytest.mark.parametrize(("length", "reads"), [(400, 1), (400, 400)])
def test_a_graph_of_pytorch_is_followed_in_linear_time(length: int, reads: int) -> None:
    def steps(data: bytes) -> int:
        return lines_run(lambda: pt2.read(io.BytesIO(data), limit_bytes=10**7))

    short = pt2_of(length // 8, max(1, reads // 8))
    assert steps(pt2_of(length, reads)) < 12 * steps(short)
