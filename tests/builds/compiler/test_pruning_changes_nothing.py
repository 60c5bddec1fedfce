"""Networks with dead filters: fewer channels, less flash, the same bytes as TFLM."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builds.compiler import compile_model, read_graph
from builds.compiler.passes.prune import prune_channels
from builds.compiler.passes.share_shapes import share_shapes
from builds.targets.catalog import load_target
from tests.builds.compiler.networks import Net
from tests.builds.compiler.oracle import assert_equal

CHANNELS = 12
few = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))


def layer(net: Net, kind: str, source: int, dead: float, *, taps: int, padding: int) -> int:
    """Add a layer of which a share `dead` of the filters is zero with a bias of any size."""
    shape = net.spec.tensors[source].shape
    depthwise = kind == "DEPTHWISE_CONV_2D"
    form = (1, taps, taps, CHANNELS) if depthwise else (CHANNELS, taps, taps, shape[3])
    weights = net.weights(form, axis=3 if depthwise else 0)
    bias = net.bias(source, weights, CHANNELS)
    w, b = net.spec.tensors[weights].data, net.spec.tensors[bias].data
    assert w is not None
    assert b is not None
    for channel in np.flatnonzero(net.dice.random(CHANNELS) < dead):
        w[(..., channel) if depthwise else channel] = 0
        b[channel] = net.dice.choice([-(1 << 30), 1 << 30, 0, 300, -9])
    out = (1, *(net.out_size(s, taps, 1, 1, padding) for s in shape[1:3]), CHANNELS)
    target = net.spec.activation(out, net.scale(0.05, 1.0), net.zero())
    net.spec.op(
        kind,
        (source, weights, bias),
        (target,),
        padding=padding,
        stride_h=1,
        stride_w=1,
        activation=int(net.dice.integers(0, 2)),
        multiplier=1,
    )
    return target


def network(seed: int, dead: float, *, residual: bool, padding: int) -> bytes:
    """Make a chain: pointwise, depthwise, 3 x 3, pool, reshape, dense."""
    net = Net(seed)
    at = net.source((1, 6, 6, 3))
    first = layer(net, "CONV_2D", at, dead, taps=1, padding=0)
    middle = layer(net, "DEPTHWISE_CONV_2D", first, dead, taps=3, padding=0)
    if residual:
        total = net.spec.activation((1, 6, 6, CHANNELS), 0.3, -5)
        net.spec.op("ADD", (first, middle), (total,))
        middle = total
    last = layer(net, "CONV_2D", middle, dead, taps=3, padding=padding)
    kept = net.spec.tensors[last]
    size = kept.shape[1]
    pooled = net.spec.activation((1, 1, 1, CHANNELS), kept.scales[0], kept.zeros[0])
    net.spec.op(
        "AVERAGE_POOL_2D", (last,), (pooled,),
        padding=1, stride_h=1, stride_w=1, filter_h=size, filter_w=size,
    )  # fmt: skip
    flat = net.spec.activation((1, CHANNELS), kept.scales[0], kept.zeros[0])
    net.spec.op("RESHAPE", (pooled, net.integers([1, CHANNELS])), (flat,))
    weights = net.weights((5, CHANNELS), axis=None)
    target = net.result((1, 5), scale=0.4)
    net.spec.op("FULLY_CONNECTED", (flat, weights, net.bias(flat, weights, 5)), (target,))
    return net.build()


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
@few
@given(st.integers(0, 10_000), st.sampled_from([0.3, 0.7, 0.95]), st.booleans(), st.integers(0, 1))
def test_a_network_with_dead_filters_is_equal(
    target: str, seed: int, dead: float, residual: bool, padding: int
) -> None:
    assert_equal(network(seed, dead, residual=residual, padding=padding), target, vectors=7)


@pytest.mark.parametrize("seed", range(4))
def test_a_network_that_is_all_dead_is_equal(seed: int) -> None:
    assert_equal(network(seed, 1.0, residual=False, padding=0), "cortex-m4f")


def test_dead_filters_leave_flash_and_arena() -> None:
    target = load_target("cortex-m4f")
    alive = compile_model(network(1, 0.0, residual=False, padding=0), target)
    dying = compile_model(network(1, 0.8, residual=False, padding=0), target)
    assert dying.weights_bytes < 0.7 * alive.weights_bytes
    assert dying.arena_bytes < alive.arena_bytes
    assert dying.macs == alive.macs


def test_a_network_without_dead_filters_is_left_alone() -> None:
    graph = share_shapes(read_graph(network(2, 0.0, residual=True, padding=1)))
    assert prune_channels(graph) is graph


def test_outputs_and_inputs_keep_their_shapes() -> None:
    graph = read_graph(network(3, 0.9, residual=False, padding=0))
    pruned = prune_channels(share_shapes(graph))
    assert [t.shape for t in pruned.inputs] == [t.shape for t in graph.inputs]
    assert [t.shape for t in pruned.outputs] == [t.shape for t in graph.outputs]


@pytest.mark.parametrize("seed", range(3))
def test_channels_are_not_confused_by_a_flatten(seed: int) -> None:
    net = Net(seed)
    at = net.source((1, 3, 3, 2))
    made = layer(net, "CONV_2D", at, 0.5, taps=1, padding=0)
    kept = net.spec.tensors[made]
    flat = net.spec.activation((1, 9 * CHANNELS), kept.scales[0], kept.zeros[0])
    net.spec.op("RESHAPE", (made, net.integers([1, 9 * CHANNELS])), (flat,))
    weights = net.weights((4, 9 * CHANNELS), axis=None)
    target = net.result((1, 4), scale=0.9)
    net.spec.op("FULLY_CONNECTED", (flat, weights, net.bias(flat, weights, 4)), (target,))
    assert_equal(net.build(), "cortex-m4f")
