"""Small random layers for tests.

Each adds one operator, with its own input and output, to a model.
"""

from dataclasses import dataclass, field

import numpy as np

from tests.builds.compiler.modelfile import ModelSpec, TensorSpec

Shape = tuple[int, ...]


@dataclass
class Net:
    """A model that grows; equal seeds give equal models."""

    seed: int
    spec: ModelSpec = field(default_factory=ModelSpec)

    def __post_init__(self) -> None:
        """Start the dice."""
        self.dice = np.random.default_rng(self.seed)

    def scale(self, low: float = 0.005, high: float = 0.2) -> float:
        """Draw a scale."""
        return float(np.float32(np.exp(self.dice.uniform(np.log(low), np.log(high)))))

    def zero(self) -> int:
        """Draw a zero point; the ends are likely."""
        return int(self.dice.choice([-128, 127, 0, int(self.dice.integers(-128, 128))]))

    def source(self, shape: Shape, **fixed: float) -> int:
        """Add an input of the model."""
        index = self.spec.activation(
            shape, fixed.get("scale", self.scale()), int(fixed.get("zero", self.zero()))
        )
        self.spec.inputs.append(index)
        return index

    def result(self, shape: Shape, **fixed: float) -> int:
        """Add an output of the model."""
        index = self.spec.activation(
            shape, fixed.get("scale", self.scale()), int(fixed.get("zero", self.zero()))
        )
        self.spec.outputs.append(index)
        return index

    def weights(self, shape: Shape, *, axis: int | None, extreme: bool = False) -> int:
        """Add constant weights, with one scale or one per slice along `axis`."""
        low = -128 if extreme else -127
        values = self.dice.integers(low, 128, size=shape).astype(np.int8)
        count = 1 if axis is None else shape[axis]
        scales = tuple(self.scale(0.001, 0.05) for _ in range(count))
        return self.spec.constant(values, scales=scales, zeros=(0,) * count, axis=axis or 0)

    def bias(self, source: int, weights: int, count: int, reach: int = 20000) -> int:
        """Add a constant bias, in the product of its operands' scales as TFLM wants it."""
        values = self.dice.integers(-reach, reach, size=count).astype(np.int32)
        scale = np.float32(self.spec.tensors[source].scales[0])
        scales = tuple(float(scale * np.float32(s)) for s in self.spec.tensors[weights].scales)
        return self.spec.constant(values, scales=scales, zeros=(0,) * len(scales))

    def integers(self, values: list[int] | list[list[int]]) -> int:
        """Add constant int32 values."""
        return self.spec.constant(np.asarray(values, np.int32))

    def build(self) -> bytes:
        """Write the file."""
        return self.spec.build()

    def out_size(self, size: int, taps: int, stride: int, dilation: int, padding: int) -> int:
        """Size along one axis after a window."""
        extent = (taps - 1) * dilation + 1
        return -(-size // stride) if padding == 0 else (size - extent) // stride + 1


@dataclass(frozen=True)
class Conv:
    """What one random convolution looks like."""

    height: int
    width: int
    channels: int
    filters: int
    taps: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: int = 0
    activation: int = 0
    groups: int = 1
    batch: int = 1
    per_channel: bool = True
    extreme: bool = False

    @property
    def fits(self) -> bool:
        """A window without padding must lie inside the input."""
        reach = [(k - 1) * d + 1 for k, d in zip(self.taps, self.dilation, strict=True)]
        return self.padding == 0 or (reach[0] <= self.height and reach[1] <= self.width)


def add_filtered(
    net: Net, c: Conv, kind: str, source: int, weights: int, filters: int, **more: int
) -> None:
    height = net.out_size(c.height, c.taps[0], c.stride[0], c.dilation[0], c.padding)
    width = net.out_size(c.width, c.taps[1], c.stride[1], c.dilation[1], c.padding)
    target = net.result((c.batch, height, width, filters), scale=net.scale(0.05, 2.0))
    bias = net.bias(source, weights, filters)
    net.spec.op(
        kind,
        (source, weights, bias),
        (target,),
        padding=c.padding,
        stride_h=c.stride[0],
        stride_w=c.stride[1],
        dilation_h=c.dilation[0],
        dilation_w=c.dilation[1],
        activation=c.activation,
        **more,
    )


def add_binary(net: Net, kind: str, a: Shape, b: Shape, out: Shape, *, activation: int = 0) -> None:
    """Add an operator of two activations."""
    target = net.result(out)
    net.spec.op(kind, (net.source(a), net.source(b)), (target,), activation=activation)


def add_unary(net: Net, kind: str, shape: Shape, **options: float) -> None:
    """Add an operator of one activation that keeps the shape."""
    target = net.result(shape)
    net.spec.op(kind, (net.source(shape),), (target,), **options)


def activation16(
    net: Net, shape: Shape, *, scale: float, dtype: str = "int16", zero: int = 0
) -> int:
    """Add an activation."""
    return net.spec.tensor(TensorSpec(shape, dtype, (float(np.float32(scale)),), (zero,)))


def given_wide(net: Net, shape: Shape, **more: float) -> int:
    """Add an input of the model."""
    net.spec.inputs.append(activation16(net, shape, **{"scale": net.scale(1e-5, 1e-3), **more}))  # type: ignore[arg-type]
    return net.spec.inputs[-1]


def made_wide(net: Net, shape: Shape, **more: float) -> int:
    """Add an output of the model."""
    net.spec.outputs.append(activation16(net, shape, **{"scale": net.scale(1e-5, 1e-3), **more}))  # type: ignore[arg-type]
    return net.spec.outputs[-1]


def bias64(net: Net, source: int, weights: int, count: int, reach: int = 1 << 20) -> int:
    """Add biases of 64 bits, in the product of their operands' scales as TFLM wants it."""
    values = net.dice.integers(-reach, reach, count).astype(np.int64)
    scale = np.float32(net.spec.tensors[source].scales[0])
    scales = tuple(float(scale * np.float32(s)) for s in net.spec.tensors[weights].scales)
    return net.spec.constant(values, scales=scales, zeros=(0,) * len(scales))
