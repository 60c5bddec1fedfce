"""Functions that a converter leaves in float32 between two int8, and those that LiteRT has.

The first become tables and equal TFLM, which computes them with a C library. The others are filled
as LiteRT fills its own.
"""

from hashlib import sha256

import numpy as np
import pytest

from builds.compiler import read_graph
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net, add_unary
from tests.builds.compiler.operators.conversion.quantize import add_real_functions, add_unsigned
from tests.builds.compiler.oracle import assert_equal, proved

ONE = 1 / 128
EVERYWHERE = ("ABS CEIL COS ELU EXP FLOOR LOGISTIC NEG RELU RELU6 ROUND SIN SQUARE TANH").split()


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
def test_functions_of_reals_are_equal(target: str) -> None:
    net = Net(3)
    add_real_functions(net, EVERYWHERE)
    add_real_functions(net, ["SQRT"], scale=0.01, zero=-128)
    assert_equal(net.build(), target, vectors=5)


def test_a_function_that_is_no_number_somewhere_is_no_table() -> None:
    net = Net(3)
    add_real_functions(net, ["LOG"])
    assert "LOG" in [op.kind for op in read_graph(net.build()).ops]


def test_a_chain_of_functions_is_one_table() -> None:
    net = Net(4)
    source, target = net.source((1, 8)), net.result((1, 8))
    reals = [net.spec.tensor(TensorSpec((1, 8), "float32")) for _ in range(3)]
    net.spec.op("DEQUANTIZE", (source,), (reals[0],))
    net.spec.op("NEG", (reals[0],), (reals[1],))
    net.spec.op("SQUARE", (reals[1],), (reals[2],))
    net.spec.op("QUANTIZE", (reals[2],), (target,))
    (op,) = read_graph(net.build()).ops
    assert op.functions == ("NEG", "SQUARE")
    assert_equal(net.build(), vectors=5)


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
def test_bytes_without_a_sign_are_equal(target: str) -> None:
    net = Net(6)
    add_unsigned(net, (3, 100))
    assert_equal(net.build(), target, vectors=8)


def test_elu_and_reciprocal_roots_of_int8_are_equal() -> None:
    net = Net(7)
    for _ in range(3):
        add_unary(net, "ELU", (1, 256))
        source, target = net.source((1, 256), zero=-128), net.result((1, 256))
        net.spec.op("RSQRT", (source,), (target,))
    assert_equal(net.build(), "cortex-m4f", vectors=6)


# What LiteRT's reference kernels answer to -128 to 127: a digest, and every 16th answer.
LITERT = {
    ("EXP", False): ("db3243fe82c93c9d", [-99, -98, -97, -94, -91, -85, -76, -62, -38, 0, 61]),
    ("GELU", False): ("13c92927aadadafe", [-100, -100, -101, -102, -104, -107, -108, -105, -94]),
    ("GELU", True): ("9e9cb7b62c1eac7b", [-100, -100, -100, -102, -104, -107, -109, -105, -94]),
    ("LOG", False): ("db8f6aaab4e65de6", [-128, -128, -128, -128, -128, -128, -128, -128, -128]),
    ("SQRT", False): ("de8aaa6d6fe9ddba", [-100, -66, -52, -41, -31, -23, -16, -9, -3, 3, 9, 14]),
}


@pytest.mark.parametrize(("kind", "approximate"), LITERT)
def test_a_function_that_only_litert_has_equals_it(kind: str, approximate: bool) -> None:
    net = Net(1)
    source, target = (
        net.source((1, 256), scale=0.03, zero=-128 if kind == "SQRT" else -7),
        net.result((1, 256), scale=0.02, zero=-100),
    )
    options = {"approximate": approximate} if kind == "GELU" else {}
    net.spec.op(kind, (source,), (target,), **options)
    proof = proved(net.build(), "cortex-m4f", vectors=5)
    assert proof.equal, proof.first_difference
    assert "does not run this model" in proof.reasons["tflm"]
    given, made = (np.frombuffer(data, np.int8) for data in proof.golden[4])  # all 256 inputs
    assert given.tolist() == list(range(-128, 128))
    digest, some = LITERT[kind, approximate]
    assert made[::16].tolist()[: len(some)] == some
    assert sha256(made.tobytes()).hexdigest().startswith(digest)


def test_functions_that_share_what_they_start_from_are_equal() -> None:
    net = Net(9)
    source, start = net.source((1, 256)), net.spec.tensor(TensorSpec((1, 256), "float32"))
    net.spec.op("DEQUANTIZE", (source,), (start,))
    for kind in ("SIN", "COS"):
        real = net.spec.tensor(TensorSpec((1, 256), "float32"))
        net.spec.op(kind, (start,), (real,))
        net.spec.op("QUANTIZE", (real,), (net.result((1, 256), scale=ONE, zero=0),))
    assert [op.kind for op in read_graph(net.build()).ops] == ["QUANTIZE", "QUANTIZE"]
    assert_equal(net.build(), "cortex-m0plus", vectors=5)


def test_what_others_still_read_is_kept() -> None:
    net = Net(9)
    source = net.source((1, 256))
    start, real = (net.spec.tensor(TensorSpec((1, 256), "float32")) for _ in range(2))
    net.spec.op("DEQUANTIZE", (source,), (start,))
    net.spec.op("SIN", (start,), (real,))
    net.spec.op("QUANTIZE", (real,), (net.result((1, 256), scale=ONE, zero=0),))
    net.spec.outputs.append(start)
    assert [op.kind for op in read_graph(net.build()).ops] == ["DEQUANTIZE", "QUANTIZE"]
    assert_equal(net.build(), "cortex-m4f", vectors=5)


def test_a_power_is_a_table() -> None:
    net = Net(9)
    source, made = net.source((1, 256), scale=0.02, zero=3), net.result((1, 256), scale=0.2, zero=0)
    start, real = (net.spec.tensor(TensorSpec((1, 256), "float32")) for _ in range(2))
    exponent = net.spec.constant(np.asarray(3, np.float32))
    net.spec.op("DEQUANTIZE", (source,), (start,))
    net.spec.op("POW", (start, exponent), (real,))
    net.spec.op("QUANTIZE", (real,), (made,))
    proof = proved(net.build(), "cortex-m0plus", vectors=5)
    assert proof.equal, proof.first_difference
    given, answers = (np.frombuffer(data, np.int8).astype(float) for data in proof.golden[4])
    wanted = np.clip(np.round(((given - 3) * 0.02) ** 3 / 0.2), -128, 127)
    assert np.abs(wanted - answers).max() <= 1  # the scales are float32
