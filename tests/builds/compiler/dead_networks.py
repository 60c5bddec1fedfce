"""Random networks whose filters died in training, at every place: they are pruned, and stay equal.

`python -m tests.builds.compiler.dead_networks --count 2000` makes so many, a few dozen to a model,
and
compares each with TFLM.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net, Shape
from tests.builds.compiler.oracle import proved

TOGETHER = 24  # networks of one model, each with its own input and outputs
BIASES = (-(1 << 30), 1 << 30, 0, 300, -9)  # of a dead filter
ELEMENTS = 3000  # of a tensor, at most


@dataclass
class Dying:
    """A network that grows from an input; a share `dead` of all filters gives one value."""

    net: Net
    dead: float
    made: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with an image."""
        size = [int(n) for n in self.net.dice.integers(3, 9, 2)]
        self.made.append(self.net.source((1, *size, self.pick(1, 3, 4))))

    def pick(self, *values: int) -> int:
        """Draw one of these."""
        return int(self.net.dice.choice(values))

    @property
    def last(self) -> TensorSpec:
        """What was made last."""
        return self.net.spec.tensors[self.made[-1]]

    def add(self, kind: str, inputs: Sequence[int], shape: Shape, **more: float) -> None:
        """Add an operator; its result keeps the last scale where `keep` is set."""
        kept = more.pop("keep", 0)
        scale = self.last.scales[0] if kept else self.net.scale(0.02, 0.5)
        target = self.net.spec.activation(shape, scale, self.zero() if not kept else self.kept())
        self.net.spec.op(kind, inputs, (target,), **more)
        self.made.append(target)

    def zero(self) -> int:
        """Draw a zero point; that of an activation that is never negative is likely."""
        return -128 if self.net.dice.random() < 0.5 else self.net.zero()

    def kept(self) -> int:
        """Give the last zero point."""
        return self.last.zeros[0]

    def learned(self, shape: Shape, axis: int) -> tuple[int, int]:
        """Add weights and a bias, with filters among them that give the same for every input."""
        count = shape[axis]
        one = self.net.dice.random() < 0.3 or len(shape) == 2
        weights = self.net.weights(shape, axis=None if one else axis)
        bias = self.net.bias(self.made[-1], weights, count)
        values, biases = (self.net.spec.tensors[i].data for i in (weights, bias))
        assert values is not None
        assert biases is not None
        for channel in np.flatnonzero(self.net.dice.random(count) < self.dead):
            at = [slice(None)] * len(shape)
            at[axis] = int(channel)  # type: ignore[call-overload]
            if self.net.dice.random() < 0.7:
                values[tuple(at)] = 0
            biases[channel] = self.net.dice.choice(BIASES)
        return weights, bias

    def window(self, shape: Shape) -> tuple[dict[str, float], Shape]:
        """Draw a window over an image; give its options and the size of what it makes."""
        padding, stride = self.pick(0, 1), self.pick(1, 1, 2)
        taps = self.pick(1, 2, 3) if padding == 0 else self.pick(1, min(2, *shape[1:3]))
        size = [self.net.out_size(s, taps, stride, 1, padding) for s in shape[1:3]]
        options = {"padding": padding, "stride_h": stride, "stride_w": stride, "taps": taps}
        return {**options, "activation": self.pick(0, 1, 3)}, tuple(size)

    def conv(self) -> None:
        """Add a CONV_2D."""
        shape, filters = self.last.shape, self.pick(4, 7, 8, 12, 20)
        options, size = self.window(shape)
        taps = int(options.pop("taps"))
        operands = (self.made[-1], *self.learned((filters, taps, taps, shape[3]), 0))
        self.add("CONV_2D", operands, (1, *size, filters), dilation_h=1, dilation_w=1, **options)

    def depthwise(self) -> None:
        """Add a DEPTHWISE_CONV_2D."""
        shape = self.last.shape
        many = self.pick(1, 1, 2)
        options, size = self.window(shape)
        taps = int(options.pop("taps"))
        operands = (self.made[-1], *self.learned((1, taps, taps, shape[3] * many), 3))
        more = {"dilation_h": 1, "dilation_w": 1, "multiplier": many, **options}
        self.add("DEPTHWISE_CONV_2D", operands, (1, *size, shape[3] * many), **more)

    def grow(self) -> None:
        """Add a TRANSPOSE_CONV."""
        _, height, width, channels = self.last.shape
        filters, taps, stride = self.pick(4, 8), self.pick(2, 3), self.pick(1, 2)
        shape = (1, height * stride, width * stride, filters)
        weights, bias = self.learned((filters, taps, taps, channels), 0)
        operands = (self.net.integers(list(shape)), weights, self.made[-1], bias)
        more = {"padding": 0, "stride_h": stride, "stride_w": stride, "activation": self.pick(0, 1)}
        self.add("TRANSPOSE_CONV", operands, shape, **more)

    def pool(self) -> None:
        """Add a pool."""
        shape = self.last.shape
        options, size = self.window(shape)
        taps = int(options.pop("taps"))
        kind = ("MAX_POOL_2D", "AVERAGE_POOL_2D")[self.pick(0, 1)]
        more = {"filter_h": taps, "filter_w": taps, "keep": 1, **options}
        self.add(kind, (self.made[-1],), (1, *size, shape[3]), **more)

    def pad(self) -> None:
        """Add a PAD of rows, columns and perhaps channels."""
        pads = [[0, 0], [self.pick(0, 1), 1], [1, self.pick(0, 2)], [0, self.pick(0, 0, 2)]]
        shape = tuple(s + sum(p) for s, p in zip(self.last.shape, pads, strict=True))
        self.add("PAD", (self.made[-1], self.net.integers(pads)), shape, keep=1)

    def join(self) -> None:
        """Add a sum or a product with another tensor of this shape, or with itself."""
        shape = self.last.shape
        others = [i for i in self.made if self.net.spec.tensors[i].shape == shape]
        kind = ("ADD", "MUL", "SUB", "MAXIMUM")[self.pick(0, 1, 2, 3)]
        operands = (self.pick(*others), self.made[-1])
        self.add(kind, operands, shape, activation=0, keep=int(kind == "MAXIMUM"))

    def concatenate(self) -> None:
        """Add a concatenation with tensors of this height, width, scale and zero point."""
        kept, tensors = self.last, self.net.spec.tensors
        like = (kept.shape[:3], kept.scales, kept.zeros)
        others = [
            i
            for i in self.made
            if (tensors[i].shape[:3], tensors[i].scales, tensors[i].zeros) == like
        ]
        operands = (self.pick(*others), self.made[-1])
        channels = sum(tensors[i].shape[3] for i in operands)
        self.add("CONCATENATION", operands, (*kept.shape[:3], channels), axis=3, keep=1)

    def reshape(self) -> None:
        """Add a RESHAPE that keeps, joins or parts the channels, and perhaps one back."""
        before = self.last.shape
        _, height, width, channels = before
        parts = 2 if channels % 2 == 0 else 1
        shapes = [(1, 1, height * width, channels), (1, height, 1, width * channels)]
        shapes += [(1, height, width * parts, channels // parts), (1, 1, 1, self.size())]
        shape = shapes[self.pick(0, 1, 2, 3)]
        self.view(shape)
        if self.net.dice.random() < 0.4:
            self.view(before)

    def view(self, shape: Shape) -> None:
        """Add a RESHAPE."""
        self.add("RESHAPE", (self.made[-1], self.net.integers(list(shape))), shape, keep=1)

    def size(self) -> int:
        """Give the elements of what was made last."""
        return int(np.prod(self.last.shape))

    def curve(self) -> None:
        """Add a function of one element, or another scale."""
        kind = ("RELU", "LEAKY_RELU", "QUANTIZE", "HARD_SWISH")[self.pick(0, 1, 2, 3)]
        more = {"alpha": 0.2} if kind == "LEAKY_RELU" else {}
        self.add(kind, (self.made[-1],), self.last.shape, **more)

    def slopes(self) -> None:
        """Add a PRELU with slopes of channels, of places, or of both."""
        shape = tuple(self.pick(1, n) for n in self.last.shape[1:])
        operands = (self.made[-1], self.net.weights(shape, axis=None))
        self.add("PRELU", operands, self.last.shape)

    def turn(self) -> None:
        """Add a TRANSPOSE that keeps the channels or moves them."""
        order = ([0, 2, 1, 3], [0, 1, 3, 2], [0, 3, 1, 2])[self.pick(0, 1, 2)]
        shape = tuple(self.last.shape[axis] for axis in order)
        self.add("TRANSPOSE", (self.made[-1], self.net.integers(order)), shape, keep=1)

    def part(self) -> None:
        """Add a SLICE of rows and channels."""
        begins = [0, *(self.pick(0, n // 2) for n in self.last.shape[1:])]
        shape = tuple(n - at for n, at in zip(self.last.shape, begins, strict=True))
        operands = (self.made[-1], self.net.integers(begins), self.net.integers(list(shape)))
        self.add("SLICE", operands, shape, keep=1)

    def resize(self) -> None:
        """Add a RESIZE_NEAREST_NEIGHBOR."""
        _, height, width, channels = self.last.shape
        size = [height * self.pick(1, 2), width * self.pick(1, 2)]
        operands = (self.made[-1], self.net.integers(size))
        self.add("RESIZE_NEAREST_NEIGHBOR", operands, (1, *size, channels), keep=1)

    def mean(self) -> None:
        """Average over rows and columns; what is left is an image of one pixel."""
        channels = self.last.shape[3]
        operands = (self.made[-1], self.net.integers([1, 2]))
        self.add("MEAN", operands, (1, 1, 1, channels), keep_dims=True)

    def dense(self) -> None:
        """Add a FULLY_CONNECTED over the last axis or over everything."""
        shape, filters = self.last.shape, self.pick(4, 8, 10)
        flat = self.net.dice.random() < 0.5
        depth = self.size() if flat else shape[3]
        if self.net.dice.random() < 0.5:
            self.view((1, depth) if flat else (self.size() // depth, depth))
        weights, bias = self.learned((filters, depth), 0)
        rows = self.size() // depth
        operands = (self.made[-1], weights, bias)
        self.add("FULLY_CONNECTED", operands, (rows, filters), activation=self.pick(0, 1, 3))
        self.view((1, rows, 1, filters))

    def steps(self) -> list[Callable[[], None]]:
        """Give what may come next: layers with filters are likely."""
        layers = [self.conv, self.depthwise, self.dense, self.grow]
        rest = [self.pool, self.pad, self.join, self.concatenate, self.reshape]
        moves = [self.slopes, self.turn, self.part, self.resize]
        return [*layers, self.conv, self.depthwise, *rest, *moves, self.curve, self.mean]

    def grown(self, count: int) -> None:
        """Add so many steps; the last tensor and perhaps one before it are outputs."""
        for _ in range(count):
            options = self.steps()
            if self.size() > ELEMENTS:
                options = [self.pool, self.mean]
            options[int(self.net.dice.integers(len(options)))]()
        ends = {self.made[-1]}
        if self.net.dice.random() < 0.3:
            ends.add(self.pick(*self.made[1:]))
        self.net.spec.outputs += sorted(ends)


def model(seed: int, count: int = TOGETHER) -> bytes:
    """Make a model of so many networks; equal seeds give equal models."""
    net = Net(seed)
    for _ in range(count):
        dying = Dying(net, dead=float(net.dice.choice([0.2, 0.6, 0.9, 1.0])))
        dying.grown(int(net.dice.integers(3, 9)))
    return net.build()


def main() -> int:
    """Compare so many networks with TFLM."""
    parser = argparse.ArgumentParser(prog="python -m tests.builds.compiler.dead_networks")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="of the first model")
    parser.add_argument("--target", default="linux-x86_64")
    options = parser.parse_args()
    models, wrong = -(-options.count // TOGETHER), 0
    for seed in range(options.seed, options.seed + models):
        proof = proved(model(seed), options.target, vectors=7)
        if not proof.equal or proof.engines["tflm"] is None:
            wrong += 1
            sys.stdout.write(f"seed {seed}: {proof.first_difference} {dict(proof.reasons)}\n")
    sys.stdout.write(f"{models * TOGETHER} networks in {models} models; {wrong} models differ\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
