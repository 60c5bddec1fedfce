"""Relatives of the faults that were found from outside: small random networks of each kind.

`python -m tests.builds.compiler.relatives --count 4000` makes so many, compares what compiles with
TFLM, a
few dozen networks to a model, and prints what became of each kind. A network may be refused, in a
sentence; it may not differ, and nothing but a sentence may come out.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from builds.compiler import CompileError, compile_model
from builds.targets.catalog import load_target
from builds.verify import Proof
from tests.builds.compiler.dead_networks import Dying
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net, Shape
from tests.builds.compiler.oracle import proved

TOGETHER = 16  # networks of one model
NAMES = (1, 63, 64, 65, 1023, 1024, 1025, 4096, 65_535)  # characters
REACH = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767), "int32": (0, 0)}
Add = Callable[[Net], None]


def pick(net: Net, *values: int) -> int:
    return int(net.dice.choice(values))


def shape_of(net: Net, rank: int, most: int = 5) -> Shape:
    return tuple(int(n) for n in net.dice.integers(1, most + 1, rank))


def activation(net: Net, shape: Shape, dtype: str = "int8", scale: float | None = None) -> int:
    low, high = REACH[dtype]
    usual = 1e-3 if dtype in ("int16", "int32") else 0.05
    zero = 0 if low == -32768 else pick(net, low, high, (low + high + 1) // 2)
    factor = net.scale(0.2, 5.0)
    return net.spec.tensor(TensorSpec(shape, dtype, (scale or usual * factor,), (zero,)))


def given(net: Net, shape: Shape, dtype: str = "int8") -> int:
    net.spec.inputs.append(activation(net, shape, dtype))
    return net.spec.inputs[-1]


def made(net: Net, shape: Shape, dtype: str = "int8", like: int | None = None) -> int:
    index = activation(net, shape, dtype)
    if like is not None:
        kept = net.spec.tensors[like]
        net.spec.tensors[index].scales, net.spec.tensors[index].zeros = kept.scales, kept.zeros
    net.spec.outputs.append(index)
    return index


def dead(net: Net) -> None:
    """Filters that died, and what follows them."""
    Dying(net, dead=float(net.dice.choice([0.3, 0.8, 1.0]))).grown(int(net.dice.integers(3, 9)))


def clamped(net: Net) -> None:
    """RELU, RELU6 and RELU_N1_TO_1 with and without a change of scale."""
    kind = ("RELU", "RELU6", "RELU_N1_TO_1")[pick(net, 0, 1, 2)]
    dtype = ("int8", "int8", "int16")[pick(net, 0, 1, 2)]
    source = given(net, shape_of(net, pick(net, 1, 2, 4)), dtype)
    shape = net.spec.tensors[source].shape
    net.spec.op(kind, (source,), (made(net, shape, dtype, source if pick(net, 0, 1) else None),))


def odd_axes(net: Net) -> None:
    """Layers whose weights and biases name another axis than the one that they have."""
    kind = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")[pick(net, 0, 1, 2)]
    channels, filters = pick(net, 1, 2, 4), pick(net, 1, 3, 4)
    count = channels * filters if kind == "DEPTHWISE_CONV_2D" else filters
    shapes: dict[str, tuple[Shape, Shape, Shape]] = {
        "CONV_2D": ((1, 4, 3, channels), (filters, 2, 2, channels), (1, 3, 2, filters)),
        "DEPTHWISE_CONV_2D": ((1, 4, 3, channels), (1, 2, 2, count), (1, 3, 2, count)),
        "FULLY_CONNECTED": ((2, channels), (filters, channels), (2, filters)),
    }
    before, inner, behind = shapes[kind]
    source = given(net, before)
    usual = 3 if kind == "DEPTHWISE_CONV_2D" else 0
    axis = (None, usual, pick(net, 0, 1, 2, 3))[pick(net, 0, 1, 2)]
    axis = axis if axis is None or axis < len(inner) else usual
    weights = net.weights(inner, axis=axis)
    net.spec.tensors[weights].axis = pick(net, axis or 0, axis or 0, 0, 1, 3, 9)
    bias = net.bias(source, weights, count)
    net.spec.tensors[bias].axis = pick(net, 0, 1, 3, 7)
    window = {"padding": 1, "stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1}
    more = {} if kind == "FULLY_CONNECTED" else {**window, "multiplier": filters}
    operands = (source, weights, bias) if pick(net, 0, 1, 1) else (source, weights)
    net.spec.op(kind, operands, (made(net, behind),), activation=pick(net, 0, 1, 3), **more)


def named(net: Net) -> None:
    """Names of all lengths, and names that others have as well."""
    shape = (1, 4)
    last = given(net, shape)
    for kind in ("RELU", "ABS", "LOGISTIC"):
        target = activation(net, shape)
        if kind == "LOGISTIC":
            net.spec.tensors[target].scales, net.spec.tensors[target].zeros = (1 / 256,), (-128,)
        letters = ("a", "ä", "*/", "\\\n", '"', ";", "/", "??/")
        text = letters[pick(net, *range(len(letters)))]
        length = pick(net, *NAMES)
        net.spec.tensors[target].name = (text * length)[:length]
        net.spec.op(kind, (last,), (target,))
        last = target
    net.spec.outputs.append(last)


def filtered(net: Net) -> None:
    """SVDF with zero points everywhere."""
    dtype = ("int8", "int16")[pick(net, 0, 1)]
    inputs, units, memory, rank = (pick(net, 1, 3, 8) for _ in range(4))
    rank, batch = min(rank, 3), pick(net, 1, 2)
    source = given(net, (batch, inputs))
    filters = units * rank
    feature = net.weights((filters, inputs), axis=None)
    limit = 127 if dtype == "int8" else 32767
    values = net.dice.integers(-limit, limit + 1, (filters, memory)).astype(dtype)
    time = net.spec.constant(values, scales=(0.002,), zeros=(0,))
    scale = 0.4 if dtype == "int8" else 2e-5
    biases = net.dice.integers(-3000, 3000, units).astype(np.int32)
    bias = net.spec.constant(biases, scales=(scale * 0.002,), zeros=(0,))
    zero = 0 if dtype == "int16" else pick(net, -128, 127, 0, 13)
    spec = TensorSpec((batch, filters * memory), dtype, (scale,), (zero,), variable=True)
    state, target = net.spec.tensor(spec), made(net, (batch, units))
    operands = (source, feature, time, bias, state)
    net.spec.op("SVDF", operands, (target,), rank=rank, activation=pick(net, 0, 1))


def requantised(net: Net) -> None:
    """QUANTIZE between all types of integers."""
    types = ("int8", "uint8", "int16", "int32")
    one, two = (types[pick(net, 0, 1, 2, 3)] for _ in range(2))
    source = given(net, shape_of(net, pick(net, 0, 1, 2, 4)), one)
    net.spec.op("QUANTIZE", (source,), (made(net, net.spec.tensors[source].shape, two),))


def grown(net: Net) -> None:
    """TRANSPOSE_CONV with and without bias and activation."""
    dtype = ("int8", "int8", "int16")[pick(net, 0, 1, 2)]
    taps = (pick(net, 1, 2, 3, 5), pick(net, 1, 2, 4))
    stride, padding = (pick(net, 1, 2, 3), pick(net, 1, 2)), pick(net, 0, 1)
    filters, channels, batch = pick(net, 1, 3, 8), pick(net, 1, 3, 4), pick(net, 1, 1, 2)
    before = shape_of(net, 2, 4)
    if padding == 0:
        behind = [n * s for n, s in zip(before, stride, strict=True)]
    else:
        behind = [(n - 1) * s + t for n, s, t in zip(before, stride, taps, strict=True)]
    source = given(net, (batch, *before, channels), dtype)
    weights = net.weights((filters, *taps, channels), axis=(None, 0)[pick(net, 0, 1)])
    bias = net.bias(source, weights, filters)
    if dtype == "int16":
        spec = net.spec.tensors[bias]
        assert spec.data is not None
        spec.dtype, spec.data = "int64", spec.data.astype(np.int64)
    shape = (batch, *behind, filters)
    operands: tuple[int, ...] = (net.integers(list(shape)), weights, source)
    operands = (*operands, bias) if pick(net, 0, 1) else operands
    options = {"padding": padding, "stride_h": stride[0], "stride_w": stride[1]}
    target = made(net, shape, dtype)
    net.spec.op("TRANSPOSE_CONV", operands, (target,), activation=pick(net, 0, 1, 2, 3), **options)


def given_back(net: Net) -> None:
    """Outputs that are constants, inputs, views, or named twice."""
    source = given(net, (2, 6), ("int8", "int16")[pick(net, 0, 1)])
    dtype = net.spec.tensors[source].dtype
    tensors = [source]
    for _ in range(pick(net, 0, 1, 2, 3)):
        start = tensors[pick(net, *range(len(tensors)))]
        shape = ((3, 4), (12,), (2, 6), (1, 2, 2, 3))[pick(net, 0, 1, 2, 3)]
        view = activation(net, shape, dtype)
        kept = net.spec.tensors[start]
        net.spec.tensors[view].scales, net.spec.tensors[view].zeros = kept.scales, kept.zeros
        net.spec.op("RESHAPE", (start, net.integers(list(shape))), (view,))
        tensors.append(view)
    if pick(net, 0, 1):
        start = tensors[pick(net, *range(len(tensors)))]
        result = activation(net, net.spec.tensors[start].shape, dtype)
        net.spec.op("RELU", (start,), (result,))
        tensors.append(result)
    values = net.dice.integers(-9, 9, shape_of(net, pick(net, 0, 1, 3))).astype(np.int8)
    tensors.append(net.spec.constant(values, scales=(0.1,), zeros=(0,)))
    net.spec.outputs += [
        tensors[pick(net, *range(len(tensors)))] for _ in range(pick(net, 1, 2, 3))
    ]


def sloped(net: Net) -> None:
    """PRELU with slopes over any of the axes."""
    shape = shape_of(net, pick(net, 1, 2, 3, 4, 4, 4))
    slopes = tuple(n if pick(net, 0, 1) else 1 for n in shape)[pick(net, 0, 0, 1) :]
    source = given(net, shape)
    values = net.dice.integers(-128, 128, slopes).astype(np.int8)
    zero = pick(net, -128, 0, 127)
    alpha = net.spec.constant(values, scales=(net.scale(0.001, 0.05),), zeros=(zero,))
    net.spec.op("PRELU", (source, alpha), (made(net, shape),))


def pointlike(net: Net) -> None:
    """Tensors of no dimension, as inputs, outputs, operands and sums."""
    kind = pick(net, 0, 1, 2, 3, 4)
    if kind == 0:
        net.spec.op("ABS", (given(net, ()),), (made(net, ()),))
    elif kind == 1:
        function = ("ADD", "MUL", "SUB", "MAXIMUM")[pick(net, 0, 1, 2, 3)]
        one, two = ((), (2, 3)) if pick(net, 0, 1) else ((2, 3), ())
        shape = (2, 3) if pick(net, 0, 1) else ()
        one, two = (one, two) if shape else ((), ())
        net.spec.op(function, (given(net, one), given(net, two)), (made(net, shape),), activation=0)
    elif kind == 2:
        source = given(net, (2, 3))
        function = ("MEAN", "SUM", "REDUCE_MAX")[pick(net, 0, 1, 2)]
        like = source if function == "REDUCE_MAX" else None
        target = made(net, (), like=like)
        net.spec.op(function, (source, net.integers([0, 1])), (target,), keep_dims=False)
    elif kind == 3:
        source = given(net, (1, 1))
        operands = (source, net.spec.constant(np.zeros((0,), np.int32)))
        net.spec.op("RESHAPE", operands, (made(net, (), like=source),))
    else:
        source = given(net, (3,))
        values = net.spec.constant(np.asarray(pick(net, -5, 7), np.int8), scales=(0.1,), zeros=(0,))
        net.spec.op("ADD", (source, values), (made(net, (3,)),), activation=0)


KINDS: dict[str, Add] = {
    "dead": dead,
    "clamped": clamped,
    "odd axes": odd_axes,
    "named": named,
    "svdf": filtered,
    "requantised": requantised,
    "transposed": grown,
    "given back": given_back,
    "prelu": sloped,
    "rank 0": pointlike,
}


@dataclass(frozen=True)
class Case:
    """One network: its kind and its dice."""

    kind: str
    seed: int

    def add(self, net: Net) -> None:
        """Add it to a model."""
        net.dice = np.random.default_rng(self.seed)
        KINDS[self.kind](net)


def model(cases: Sequence[Case]) -> bytes:
    """Put networks into one model."""
    net = Net(0)
    for case in cases:
        case.add(net)
    return net.build()


def outcome(proof: Proof) -> str:
    """Say how a proof ended."""
    if not proof.equal:
        return f"DIFFERS: {proof.first_difference}"
    return "equal" if proof.engines["tflm"] and "tflm" not in proof.reasons else "not in TFLM"


def refused(case: Case, target: str) -> str | None:
    """Compile one; give what was wrong with it, None when nothing was."""
    try:
        compile_model(model([case]), load_target(target))
    except CompileError as error:
        text = str(error)
        good = text.endswith(".") and "\n" not in text and len(text) < 1000
        return "refused" if good else f"NO SENTENCE: {text}"
    except Exception as error:
        return f"CRASH: {type(error).__name__}: {error}"
    return None


def compared(cases: Sequence[Case], prove: Callable[[bytes], Proof]) -> dict[Case, str]:
    """Prove some together; where that does not end well, by halves."""
    ended = outcome(prove(model(cases)))
    if ended == "equal" or len(cases) == 1:
        return dict.fromkeys(cases, ended)
    half = len(cases) // 2
    return compared(cases[:half], prove) | compared(cases[half:], prove)


def run(kinds: Sequence[str], count: int, seed: int, target: str) -> dict[str, Counter[str]]:
    """Try `count` networks of each kind; give what became of them."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    prove = partial(proved, target=target, vectors=6)
    for kind in kinds:
        cases = [Case(kind, seed + number) for number in range(count)]
        ended = {case: text for case in cases if (text := refused(case, target))}
        whole = [case for case in cases if case not in ended]
        for at in range(0, len(whole), TOGETHER):
            ended |= compared(whole[at : at + TOGETHER], prove)
        for case, text in ended.items():
            found[kind][text.split(":")[0]] += 1
            if text.split(":")[0].isupper():
                sys.stdout.write(f"{case}: {text}\n")
        sys.stdout.write(f"{kind}: {dict(found[kind])}\n")
        sys.stdout.flush()
    return found


def main() -> int:
    """Run as a command; 1 when a network differs or ends in anything but a sentence."""
    parser = argparse.ArgumentParser(prog="python -m tests.builds.compiler.relatives")
    parser.add_argument("--count", type=int, default=1000, help="networks in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", default="linux-x86_64")
    parser.add_argument("--kind", choices=KINDS, action="append")
    options = parser.parse_args()
    kinds = options.kind or list(KINDS)
    found = run(kinds, -(-options.count // len(kinds)), options.seed, options.target)
    return 1 if any(text.isupper() for ends in found.values() for text in ends) else 0


if __name__ == "__main__":
    sys.exit(main())
