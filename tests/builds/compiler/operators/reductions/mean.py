"""A small model of MEAN and SUM, over neighbouring axes and over others."""

from tests.builds.compiler.networks import Net, Shape
from tests.builds.compiler.real_networks import functions


def add_reduce(net: Net, kind: str, shape: Shape, axes: list[int], *, keep: bool) -> None:
    """Add a MEAN or SUM."""
    out = tuple(1 if i in axes else s for i, s in enumerate(shape) if keep or i not in axes)
    target = net.result(out)
    net.spec.op(kind, (net.source(shape), net.integers(axes)), (target,), keep_dims=keep)


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    for kind in ("MEAN", "SUM"):
        for axes in ([1, 2], [3], [0, 2]):
            add_reduce(net, kind, (2, 3, 3, 2), axes, keep=False)
    return {"float32": functions(), "int8": net.build()}
