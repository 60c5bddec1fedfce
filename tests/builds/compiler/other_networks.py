"""Figures of networks that the benchmark does not hold: `python -m
tests.builds.compiler.other_networks`.

Each is drawn from a fixed seed, so that anyone can make the table in the manual again. Weights are
random: what they compute means nothing, what they cost does.
"""

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from builds.bench.measure import BenchRow, measure
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net
from tests.builds.compiler.operators.filters.batch_matmul import add_matmul
from tests.builds.compiler.operators.memory.svdf import svdf
from tests.builds.compiler.operators.memory.unidirectional_sequence_lstm import lstm
from tests.builds.compiler.operators.reductions.softmax import add_softmax

TARGETS: Final = ("cortex-m4f", "cortex-m0plus", "cortex-m55", "rv32imc")
_WEIGHT = 0.01  # scale of every weight
_WINDOW = {"dilation_h": 1, "dilation_w": 1, "activation": 1, "padding": 0}


@dataclass
class Chain:
    """A network that grows layer by layer; `wide` gives it 16-bit activations."""

    net: Net
    shape: tuple[int, ...]
    wide: bool = False
    scale: float = 0.02

    def __post_init__(self) -> None:
        """Begin with the input."""
        self.last = self._activation()
        self.net.spec.inputs.append(self.last)

    def conv(self, filters: int, taps: tuple[int, int], stride: int = 1) -> "Chain":
        """Add a convolution with RELU."""
        weights = self._weights((filters, *taps, self.shape[3]), axis=0)
        self.shape = self._strided(stride, filters)
        return self._layer("CONV_2D", weights, filters, stride_h=stride, stride_w=stride, **_WINDOW)

    def depthwise(self, taps: int, stride: int = 1) -> "Chain":
        """Add a depthwise convolution with RELU."""
        channels = self.shape[3]
        weights = self._weights((1, taps, taps, channels), axis=3)
        self.shape = self._strided(stride, channels)
        more = {"stride_h": stride, "stride_w": stride, "multiplier": 1, **_WINDOW}
        return self._layer("DEPTHWISE_CONV_2D", weights, channels, **more)

    def dense(self, outputs: int) -> "Chain":
        """Add a dense layer over all that there is."""
        inputs = int(np.prod(self.shape))
        weights = self._weights((outputs, inputs), axis=None)
        self.shape = (1, outputs)
        return self._layer("FULLY_CONNECTED", weights, outputs, activation=1)

    def grow(self, filters: int, taps: int) -> "Chain":
        """Add a transposed convolution that doubles the picture."""
        weights = self._weights((filters, taps, taps, self.shape[3]), axis=0)
        before, self.shape = self.last, (1, 2 * self.shape[1], 2 * self.shape[2], filters)
        self.last = self._activation()
        operands = (self.net.integers(list(self.shape)), weights, before)
        more = {"padding": 0, "stride_h": 2, "stride_w": 2}
        self.net.spec.op("TRANSPOSE_CONV", operands, (self.last,), **more)
        return self

    def pool(self, kind: str, taps: int, stride: int) -> "Chain":
        """Add a pool."""
        before, self.shape = self.last, self._strided(stride, self.shape[3])
        self.last = self._activation()
        sizes = {"filter_h": taps, "filter_w": taps, "stride_h": stride, "stride_w": stride}
        self.net.spec.op(kind, (before,), (self.last,), padding=0, activation=0, **sizes)
        return self

    def mean(self) -> "Chain":
        """Average over the whole picture."""
        before, self.shape = self.last, (1, self.shape[3])
        self.last = self._activation()
        operands = (before, self.net.integers([1, 2]))
        self.net.spec.op("MEAN", operands, (self.last,), keep_dims=False)
        return self

    def build(self) -> bytes:
        """Write the file."""
        self.net.spec.outputs.append(self.last)
        return self.net.build()

    def _strided(self, stride: int, channels: int) -> tuple[int, ...]:
        return (1, -(-self.shape[1] // stride), -(-self.shape[2] // stride), channels)

    def _weights(self, shape: tuple[int, ...], axis: int | None) -> int:
        values = self.net.dice.integers(-127, 128, size=shape).astype(np.int8)
        count = 1 if axis is None else shape[axis]
        scales = (_WEIGHT / float(np.sqrt(values.size / count)),) * count
        return self.net.spec.constant(values, scales=scales, zeros=(0,) * count, axis=axis or 0)

    def _activation(self) -> int:
        scale = self.scale / 256 if self.wide else self.scale
        kind = "int16" if self.wide else "int8"
        return self.net.spec.tensor(TensorSpec(self.shape, kind, (scale,), (0,)))

    def _layer(self, kind: str, weights: int, filters: int, **options: int) -> "Chain":
        before, spec = self.last, self.net.spec
        values = self.net.dice.integers(-500, 500, filters)
        values = values.astype(np.int64 if self.wide else np.int32)
        scale = spec.tensors[before].scales[0]
        scales = tuple(scale * s for s in spec.tensors[weights].scales)
        bias = spec.constant(values, scales=scales, zeros=(0,) * len(scales))
        self.last = self._activation()
        spec.op(kind, (before, weights, bias), (self.last,), **options)
        return self


def separable(*, wide: bool) -> bytes:
    """Keyword spotting: a first window of 10 x 4, then depthwise and 1 x 1 by turns."""
    chain = Chain(Net(1), (1, 49, 10, 1), wide).conv(64, (10, 4), 2)
    for _ in range(4):
        chain.depthwise(3).conv(64, (1, 1))
    return chain.mean().dense(12).build()


def autoencoder() -> bytes:
    """Dense layers from 128 to 8 and back."""
    chain = Chain(Net(2), (1, 128), wide=True)
    for outputs in (64, 64, 8, 64, 64, 128):
        chain.dense(outputs)
    return chain.build()


def pictures() -> bytes:
    """Three colours, windows of 3 x 3, pools of each kind."""
    chain = Chain(Net(3), (1, 48, 48, 3)).conv(16, (3, 3)).pool("MAX_POOL_2D", 3, 2)
    chain.conv(16, (3, 3)).pool("AVERAGE_POOL_2D", 3, 2).conv(32, (3, 3))
    return chain.pool("MAX_POOL_2D", 2, 2).conv(32, (3, 3)).mean().dense(10).build()


def segmentation() -> bytes:
    """Down by pools, up by transposed convolutions."""
    chain = Chain(Net(4), (1, 32, 32, 1)).conv(8, (3, 3)).pool("MAX_POOL_2D", 2, 2)
    chain.conv(16, (3, 3)).pool("MAX_POOL_2D", 2, 2).conv(32, (3, 3))
    return chain.grow(16, 2).conv(16, (3, 3)).grow(8, 3).conv(2, (1, 1)).build()


def attention() -> bytes:
    """Four heads over 32 places: both products and the softmax between them."""
    net, heads = Net(5), ((1, 4), (1, 4), (1, 4))
    add_matmul(net, heads, (32, 8, 32), adj_x=False, adj_y=True)
    add_softmax(net, 4 * 32, 32)
    add_matmul(net, heads, (32, 32, 8), adj_x=False, adj_y=False)
    return net.build()


NETWORKS: Final[Mapping[str, Callable[[], bytes]]] = {
    "LSTM, 28 steps of 28, 20 units": lambda: lstm(1, 1, 28, 28, 20),
    "LSTM, 16 steps of 40, 64 units": lambda: lstm(2, 1, 16, 40, 64),
    "SVDF, 40 inputs, 64 units, memory 16": lambda: svdf(1, 1, 40, 64, 1, 16, "int8"),
    "separable keyword net": lambda: separable(wide=False),
    "the same, 16-bit activations": lambda: separable(wide=True),
    "dense autoencoder, 16-bit": autoencoder,
    "colour pictures with pools": pictures,
    "segmentation, transposed": segmentation,
    "attention alone": attention,
}


def row(name: str, target: str, folder: Path) -> BenchRow:
    """Build and prove one network."""
    path = folder / "network.tflite"
    path.write_bytes(NETWORKS[name]())
    return measure(path, target, vectors=5)


def line(name: str, rows: Sequence[BenchRow]) -> str:
    """One line of the manual's table: the first target in full, of the others the instructions."""
    for found in rows:
        if not found.equal:
            raise SystemExit(f"{name} on {found.target}: {found.difference}")
    first = rows[0]
    cells = [f"{n:,}" for n in (first.numbers.flash, first.numbers.ram, first.bound_bytes)]
    cells += [f"{found.numbers.instructions:,}" for found in rows]
    cells += ["-" if found.per_mac is None else f"{found.per_mac:.2f}" for found in rows]
    return "| " + " | ".join([name, *cells]) + " |\n"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="edgefleet-networks-") as folder:
        for name in NETWORKS:
            sys.stdout.write(line(name, [row(name, target, Path(folder)) for target in TARGETS]))


if __name__ == "__main__":
    main()
