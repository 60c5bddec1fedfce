"""Float behind the last DEQUANTIZE: what is exact is compiled, what C libraries decide is cut off.

The build then ends with the integers, and header and report say what is left to do.
"""

from pathlib import Path

import numpy as np
import pytest

from builds.compiler import (
    BadModel,
    Compiled,
    Unsupported,
    built_part,
    compile_model,
    read_whole_graph,
)
from builds.compiler.cli import main
from builds.compiler.read.flatbuffer import root
from builds.targets.catalog import load_target
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net, Shape
from tests.builds.compiler.oracle import assert_equal, proved

CUT = [
    ["LOG_SOFTMAX"],
    ["SOFTMAX"],
    ["LOGISTIC"],
    ["TANH"],
    ["RESHAPE", "SOFTMAX"],
    ["SOFTMAX", "ARG_MAX"],
    ["EXP", "LOG", "SQRT"],
    ["L2_NORMALIZATION"],
]
EXACT = [[], ["RESHAPE"], ["ARG_MAX"], ["ARG_MIN"], ["RESHAPE", "ARG_MAX"]]
SHAPE = (2, 6)


def real(net: Net, shape: Shape, dtype: str = "float32") -> int:
    return net.spec.tensor(TensorSpec(shape, dtype))


def dense(net: Net) -> int:
    """Add a dense layer; give its integers."""
    source = net.source((2, 5), scale=0.1)
    weights = net.weights((6, 5), axis=None)
    made = net.spec.activation(SHAPE, 0.3, 5)
    operands = (source, weights, net.bias(source, weights, 6))
    net.spec.op("FULLY_CONNECTED", operands, (made,), activation=0)
    return made


def followed(net: Net, last: int, kinds: list[str]) -> int:
    """Add these operators of real numbers behind a tensor; give the last result."""
    shape = net.spec.tensors[last].shape
    for kind in kinds:
        operands: tuple[int, ...] = (last,)
        dtype, options = "float32", {}
        if kind == "RESHAPE":
            shape = shape[::-1]
            operands = (last, net.integers(list(shape)))
        elif kind.startswith("ARG"):
            operands, shape, dtype = (last, net.integers([-1])), shape[:-1], "int32"
        elif kind == "SOFTMAX":
            options = {"beta": 2.0}
        last = real(net, shape, dtype)
        net.spec.op(kind, operands, (last,), **options)
    return last


def tailed(kinds: list[str]) -> Net:
    """Make a dense layer, DEQUANTIZE, and what follows."""
    net = Net(3)
    start = real(net, SHAPE)
    made = dense(net)
    net.spec.op("DEQUANTIZE", (made,), (start,))
    net.spec.outputs.append(followed(net, start, kinds))
    return net


def compiled(net: Net) -> Compiled:
    return compile_model(net.build(), load_target("cortex-m4f"))


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
@pytest.mark.parametrize("kinds", EXACT, ids="-".join)
def test_a_tail_without_rounding_is_equal(kinds: list[str], target: str) -> None:
    net = tailed(kinds)
    assert not compiled(net).graph.tails
    assert_equal(net.build(), target)


@pytest.mark.parametrize("kinds", CUT, ids="-".join)
def test_a_tail_that_c_libraries_decide_is_cut_off(kinds: list[str]) -> None:
    net = tailed(kinds)
    made = compiled(net)
    (output,) = made.graph.outputs
    assert (output.dtype, output.shape, output.zero_point) == ("int8", SHAPE, 5)
    assert made.ops == {"FULLY_CONNECTED": 1}
    names = ", ".join(["DEQUANTIZE", *kinds]).replace("SOFTMAX", "SOFTMAX (beta 2)")
    names = names.replace("LOG_SOFTMAX (beta 2)", "LOG_SOFTMAX")
    assert f"/* Left to the caller, in float32: {names} */" in made.files["model.h"]
    assert_equal(net.build(), "cortex-m0plus")


def test_the_output_is_what_goes_into_the_tail() -> None:
    net = tailed(["LOG_SOFTMAX"])
    net.spec.outputs.append(net.spec.ops[1].outputs[0])  # the real numbers themselves
    for _, made in proved(net.build()).golden:
        steps, reals = np.frombuffer(made[:12], np.int8), np.frombuffer(made[12:], np.float32)
        dequantised = np.float32(0.3) * (steps.astype(np.float32) - 5)
        assert dequantised.tolist() == reals.tolist()


def test_a_softmax_put_together_from_parts_is_cut_off() -> None:
    net = tailed([])
    start = net.spec.outputs.pop()
    powers, total, share = real(net, SHAPE), real(net, (2, 1)), real(net, SHAPE)
    net.spec.op("EXP", (start,), (powers,))
    net.spec.op("SUM", (powers, net.integers([1])), (total,), keep_dims=True)
    net.spec.op("DIV", (powers, total), (share,), activation=0)
    net.spec.outputs.append(share)
    assert compiled(net).graph.tails == {0: "DEQUANTIZE, EXP, SUM, DIV"}
    assert_equal(net.build(), "cortex-m4f")


def test_other_outputs_stay_as_they_are() -> None:
    net = tailed(["SOFTMAX"])
    start = next(op.outputs[0] for op in net.spec.ops if op.kind == "DEQUANTIZE")
    net.spec.outputs += [start, followed(net, start, ["LOG_SOFTMAX"])]
    made = compiled(net)
    assert [t.dtype for t in made.graph.outputs] == ["int8", "float32", "int8"]
    assert made.ops == {"DEQUANTIZE": 1, "FULLY_CONNECTED": 1}
    assert_equal(net.build(), "cortex-m4f")


def test_the_command_says_what_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "tail.tflite"
    model.write_bytes(tailed(["LOG_SOFTMAX"]).build())
    assert main([str(model), "--target", "cortex-m4f", "--out", str(tmp_path / "out")]) == 0
    assert "Output 0 is what goes into DEQUANTIZE, LOG_SOFTMAX" in capsys.readouterr().out
    report = (tmp_path / "out" / "report.json").read_text()
    assert '"left_to_caller"' in report


def test_a_layer_with_weights_is_no_tail() -> None:
    net = tailed([])
    start, made = net.spec.outputs.pop(), real(net, (2, 3))
    weights = net.spec.constant(np.ones((3, 6), np.float32))
    net.spec.op("FULLY_CONNECTED", (start, weights), (made,), activation=0)
    net.spec.outputs.append(followed(net, made, ["SOFTMAX"]))
    assert compiled(net).ops == {"DEQUANTIZE": 1, "FULLY_CONNECTED": 2, "SOFTMAX": 1}


def test_places_of_another_type_are_refused_with_the_way_out() -> None:
    net = tailed(["ARG_MAX"])
    net.spec.tensors[net.spec.outputs[0]].dtype = "int64"
    with pytest.raises(Unsupported, match=r"output_type=tf\.int32"):
        compiled(net)


def test_a_function_that_a_layer_reads_is_computed_in_float() -> None:
    net = tailed(["ELU"])
    last = net.spec.outputs.pop()
    both, made = real(net, (2, 12)), net.spec.activation((2, 12), 0.1, 0)
    net.spec.op("CONCATENATION", (last, last), (both,), axis=1)
    net.spec.op("QUANTIZE", (both,), (made,))
    net.spec.outputs.append(made)
    assert compiled(net).ops["ELU"] == 1


def test_a_tail_of_two_networks_is_computed_in_float() -> None:
    net = Net(3)
    starts = []
    for _ in range(2):
        starts.append(real(net, SHAPE))
        net.spec.op("DEQUANTIZE", (dense(net),), (starts[-1],))
    total = real(net, SHAPE)
    net.spec.op("ADD", tuple(starts), (total,), activation=0)
    net.spec.outputs.append(followed(net, total, ["SOFTMAX"]))
    assert compiled(net).ops["SOFTMAX"] == 1


def test_a_model_without_a_tail_keeps_its_bytes() -> None:
    model = tailed(["ARG_MAX"]).build()
    assert built_part(model) is model
    tail = tailed(["TANH"]).build()
    assert built_part(tail) != tail
    assert [op.kind for op in read_whole_graph(tail).ops][-1] == "TANH"


def test_lists_that_share_their_bytes_are_refused() -> None:
    net = tailed(["TANH"])
    net.spec.inputs = list(net.spec.outputs)
    model = bytearray(net.build())
    main_graph = root(memoryview(bytes(model)), b"TFL3", "The model").tables(2, "subgraph", 1)[0]
    at, inputs = main_graph.scalar_place(2), main_graph.place(1, 4, 1)[0] - 4
    assert at is not None
    model[at : at + 4] = (inputs - at).to_bytes(4, "little", signed=True)
    with pytest.raises(BadModel, match="lie in the same bytes"):
        compile_model(bytes(model), load_target("cortex-m4f"))
