"""Models of many functions of one value, each with scales of its own.

`python -m tests.builds.verify.every_value.functions --seeds 20` compares so many models with
TFLM over all values.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from builds.compiler import compile_model
from builds.targets.catalog import load_target
from builds.verify.every_value import ValueCheck, check_values
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net

TURNS = 10  # functions of each kind in one model
SHAPE = (1, 2, 3)
COLUMNS = 3
WIDE = (2e-5, 1e-2)  # scales of int16


def tensor(net: Net, dtype: str, **fixed: float) -> int:
    """Add an activation; one of int16 has the zero point 0."""
    if dtype == "float32":
        return net.spec.tensor(TensorSpec(SHAPE, dtype))
    drawn = net.scale(*WIDE) if dtype == "int16" else net.scale()
    zero = 0 if dtype in ("int16", "int32") else net.zero() + 128 * (dtype == "uint8")
    scale = float(np.float32(fixed.get("scale", drawn)))
    return net.spec.tensor(TensorSpec(SHAPE, dtype, (scale,), (int(fixed.get("zero", zero)),)))


def function(net: Net, kind: str, types: tuple[str, str] = ("int8", "int8"), **more: float) -> None:
    """Add an operator of one value; `scale` and `zero` are the result's."""
    fixed = {name: more.pop(name) for name in ("scale", "zero") if name in more}
    source, target = tensor(net, types[0]), tensor(net, types[1], **fixed)
    net.spec.inputs.append(source)
    net.spec.outputs.append(target)
    net.spec.op(kind, (source,), (target,), **more)


def with_constant(net: Net, kind: str, dtype: str = "int8", **more: float) -> None:
    """Add an operator whose second operand is constant, along the last axis or everywhere."""
    count = int(net.dice.choice([1, COLUMNS]))
    wide = dtype == "int16"
    values = net.dice.integers(-32768 if wide else -128, 32768 if wide else 128, count)
    constant = net.spec.constant(
        values.astype(dtype).reshape((1,) * (len(SHAPE) - 1) + (count,)),
        scales=(net.scale(*(WIDE if wide else ())),),
        zeros=(0 if wide else net.zero(),),
    )
    source, target = tensor(net, dtype), tensor(net, dtype)
    net.spec.inputs.append(source)
    net.spec.outputs.append(target)
    operands = (
        (source, constant) if kind == "PRELU" or net.dice.random() < 0.5 else (constant, source)
    )
    net.spec.op(kind, operands, (target,), **more)


KINDS: Final[Mapping[str, Callable[[Net], None]]] = {
    "ABS": lambda net: function(net, "ABS"),
    "ADD": lambda net: with_constant(net, "ADD"),
    "ADD of 16 bits": lambda net: with_constant(net, "ADD", "int16"),
    "DEQUANTIZE": lambda net: function(net, "DEQUANTIZE", ("int8", "float32")),
    "DEQUANTIZE of 16 bits": lambda net: function(net, "DEQUANTIZE", ("int16", "float32")),
    "ELU": lambda net: function(net, "ELU"),
    "HARD_SWISH": lambda net: function(net, "HARD_SWISH"),
    "LEAKY_RELU": lambda net: function(net, "LEAKY_RELU", alpha=net.scale(0.01, 1.5)),
    "LEAKY_RELU of 16 bits": lambda net: function(
        net, "LEAKY_RELU", ("int16", "int16"), alpha=net.scale(0.01, 1.5)
    ),
    "LOGISTIC": lambda net: function(net, "LOGISTIC", scale=1 / 256, zero=-128),
    "LOGISTIC of 16 bits": lambda net: function(
        net, "LOGISTIC", ("int16", "int16"), scale=1 / 32768
    ),
    "MAXIMUM": lambda net: with_constant(net, "MAXIMUM"),
    "MUL": lambda net: with_constant(net, "MUL"),
    "MUL of 16 bits": lambda net: with_constant(net, "MUL", "int16"),
    "PRELU": lambda net: with_constant(net, "PRELU"),
    "QUANTIZE": lambda net: function(net, "QUANTIZE"),
    "QUANTIZE 16 to 16": lambda net: function(net, "QUANTIZE", ("int16", "int16")),
    "QUANTIZE 16 to 32": lambda net: function(net, "QUANTIZE", ("int16", "int32")),
    "QUANTIZE 16 to 8": lambda net: function(net, "QUANTIZE", ("int16", "int8")),
    "QUANTIZE 8 to 16": lambda net: function(net, "QUANTIZE", ("int8", "int16")),
    "QUANTIZE 8 to 32": lambda net: function(net, "QUANTIZE", ("int8", "int32")),
    "QUANTIZE from unsigned": lambda net: function(net, "QUANTIZE", ("uint8", "int8")),
    "QUANTIZE to unsigned": lambda net: function(net, "QUANTIZE", ("int8", "uint8")),
    "RELU": lambda net: function(net, "RELU"),
    "RELU of 16 bits": lambda net: function(net, "RELU", ("int16", "int16")),
    "RELU6": lambda net: function(net, "RELU6"),
    "RELU6 of 16 bits": lambda net: function(net, "RELU6", ("int16", "int16")),
    "SQUARED_DIFFERENCE": lambda net: with_constant(net, "SQUARED_DIFFERENCE"),
    "SUB": lambda net: with_constant(net, "SUB"),
    "SUB of 16 bits": lambda net: with_constant(net, "SUB", "int16"),
    "TANH": lambda net: function(net, "TANH", scale=1 / 128, zero=0),
    "TANH of 16 bits": lambda net: function(net, "TANH", ("int16", "int16"), scale=1 / 32768),
}


def model(kind: str, seed: int, count: int = TURNS) -> bytes:
    """Make a model of so many functions of one kind."""
    net = Net(seed)
    for _ in range(count):
        KINDS[kind](net)
    return net.build()


def checked(model_file: bytes, target_name: str = "cortex-m4f") -> ValueCheck:
    """Compile a model and check its functions of one value."""
    target = load_target(target_name)
    compiled = compile_model(model_file, target)
    with tempfile.TemporaryDirectory(prefix="edgefleet-test-") as folder:
        return check_values(compiled, model_file, target, Path(folder))


def main() -> int:
    """Check models of every kind."""
    parser = argparse.ArgumentParser(prog="python -m tests.builds.verify.every_value.functions")
    parser.add_argument("--seeds", type=int, default=4)
    wrong = 0
    for kind in KINDS:
        for seed in range(parser.parse_args().seeds):
            try:
                found = checked(model(kind, seed))
            except Exception as error:
                sys.stdout.write(f"{kind} {seed}: {error}\n")
                continue
            if found.difference or found.unchecked:
                wrong += 1
                sys.stdout.write(f"{kind} {seed}: {found.difference} {found.unchecked[:1]}\n")
    sys.stdout.write(f"{wrong} models differ\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
