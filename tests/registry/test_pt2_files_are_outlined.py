"""A `.pt2` file is looked into without PyTorch, and a bad one is one sentence."""

import io
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.lib.errors import Refused, TooLarge
from registry.files import pt2
from tests.registry.factories import zip_bytes


def tensor(*sizes: int, dtype: int = 7) -> dict[str, Any]:
    return {"dtype": dtype, "sizes": [{"as_int": size} for size in sizes]}


def node(target: str, given_: str, made: str) -> dict[str, Any]:
    return {
        "target": target,
        "inputs": [{"name": "input", "arg": {"as_tensor": {"name": given_}}}],
        "outputs": [{"as_tensor": {"name": made}}],
    }


def graph(**changes: Any) -> dict[str, Any]:
    """What PyTorch writes of a convolution behind a ReLU, in the parts that are read."""
    parts: dict[str, Any] = {
        "nodes": [
            node("torch.ops.aten.relu.default", "x", "r"),
            node("torch.ops.aten.conv2d.default", "r", "y"),
        ],
        "tensor_values": {"x": tensor(1, 3, 8, 6), "y": tensor(1, 4)},
        "inputs": [
            {"parameter": {"arg": {"name": "w"}, "parameter_name": "w"}},
            {"user_input": {"arg": {"as_tensor": {"name": "x"}}}},
        ],
        "outputs": [{"user_output": {"arg": {"as_tensor": {"name": "y"}}}}],
        **changes,
    }
    return {
        "graph_module": {
            "graph": {"nodes": parts["nodes"], "tensor_values": parts["tensor_values"]},
            "signature": {"input_specs": parts["inputs"], "output_specs": parts["outputs"]},
        },
        "torch_version": "2.13.0",
    }


def archive(found: Any) -> bytes:
    text = found if isinstance(found, bytes) else json.dumps(found).encode()
    return zip_bytes({"net/data/weights/weight_0": b"1234", "net/models/model.json": text})


def look(data: bytes) -> pt2.Pt2Graph:
    return pt2.read(io.BytesIO(data), limit_bytes=10**6)


def test_inputs_outputs_and_operators_are_read() -> None:
    found = look(archive(graph()))
    assert found.io_schema() == {
        "inputs": [{"name": "x", "shape": [1, 8, 6, 3], "dtype": "float32"}],
        "outputs": [{"name": "y", "shape": [1, 4], "dtype": "float32"}],
    }
    assert found.ops == {"conv2d": 1, "relu": 1}


def test_what_no_image_is_stays_as_it_is() -> None:
    rows = [node("torch.ops.aten.linear.default", "x", "y")]
    found = look(archive(graph(nodes=rows)))
    assert found.shape_here(found.inputs[0]) == (1, 3, 8, 6)


def test_its_archive_is_told_from_others() -> None:
    assert pt2.is_pt2(io.BytesIO(archive(graph())))
    assert not pt2.is_pt2(io.BytesIO(zip_bytes({"config.json": b"{}"})))


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (b"{", "is not JSON"),
        (b"[]", "is not a JSON object"),
        ({}, "is not as PyTorch writes it"),
        (
            graph(nodes=[node("evil::run", "x", "y")]),
            "evil::run, which is not a plain one of PyTorch",
        ),
        (graph(tensor_values={"x": tensor(4, 3), "y": tensor(4, 3)}), "takes 4 samples at a time"),
        (
            graph(tensor_values={"x": {"dtype": 7, "sizes": [{"as_expr": "s0"}]}}),
            "has a size that is not fixed",
        ),
        (graph(outputs=[{"buffer_mutation": {}}]), "changes a buffer while it runs"),
        (graph(inputs=[{"user_input": {"arg": {"as_int": 3}}}]), "something that is not a tensor"),
    ],
)
def test_a_bad_graph_is_one_sentence(found: Any, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        look(archive(found))


def test_an_archive_that_was_cut_off_or_is_a_bomb_is_refused() -> None:
    with pytest.raises(Refused, match="damaged or was cut off"):
        look(archive(graph())[:-30])
    with pytest.raises(TooLarge):
        look(zip_bytes({"net/models/model.json": bytes(2_000_000)}))


def test_an_archive_of_a_pickled_module_is_none() -> None:
    with pytest.raises(Refused, match="holds no graph"):
        look(zip_bytes({"net/data.pkl": b"\x80\x02."}))


@settings(max_examples=50)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["graph_module", "graph", "signature", "nodes", "arg"]), inner
            )
        ),
    )
)
def test_any_json_is_a_graph_or_refused(found: Any) -> None:
    with suppress(Refused):
        assert look(archive({"graph_module": found})).inputs is not None
