"""The way from a model file to C++: read, check, simplify, lower, plan, print."""

from collections import Counter
from collections.abc import Callable, Sequence

from builds.compiler.compiled import Compiled, Operator
from builds.compiler.emit.header import header
from builds.compiler.emit.source import constants, source
from builds.compiler.errors import DoesNotFit, Unsupported
from builds.compiler.families import FAMILIES
from builds.compiler.graph import Graph
from builds.compiler.kernels.step import Context, Step
from builds.compiler.macs import macs_of
from builds.compiler.passes.fold_pad import fold_pad
from builds.compiler.passes.fold_shapes import fold_shapes
from builds.compiler.passes.prune import prune_channels
from builds.compiler.passes.share_shapes import share_shapes
from builds.compiler.plan.plan import Plan, make_plan
from builds.compiler.plan.problem import align
from builds.compiler.recipe import Recipe
from builds.compiler.supported import check_ops
from builds.compiler.tflite import read_tflite
from builds.compiler.verify import verify
from builds.targets.spec import Target

PASSES: tuple[Callable[[Graph], Graph], ...] = (share_shapes, fold_pad, prune_channels)


def read_graph(model: bytes) -> Graph:
    """Read and check a model file; says nothing yet about which operators can be compiled."""
    graph = fold_shapes(read_tflite(model))
    verify(graph, after="reading")
    return graph


def compile_model(model: bytes, target: Target, *, recipe: Recipe = Recipe.BALANCED) -> Compiled:
    """Compile a model for a target; raises a CompileError that says what stands in the way."""
    graph = read_graph(model)
    refused = check_ops(graph, target)
    if refused:
        raise Unsupported(refused[0])
    ops = dict(sorted(Counter(op.kind for op in graph.ops).items()))
    macs = {op.index: macs_of(op, graph) for op in graph.ops}
    graph = simplify(graph)
    context = Context(graph, target)
    steps = tuple(FAMILIES[op.kind](op, context) for op in graph.ops)
    plan = make_plan(graph, steps)
    weights = sum(a.size_bytes for a in constants(steps))
    _check_fit(plan, weights, target)
    return Compiled(
        files=_files(graph, steps, plan, recipe),
        graph=graph,
        ops=ops,
        macs=sum(macs.values()),
        arena_bytes=plan.peak_bytes - state_bytes(graph, plan),
        state_bytes=state_bytes(graph, plan),
        weights_bytes=weights,
        plan=plan,
        cflags=recipe.cflags,
        operators=tuple(Operator(s.name, s.op.kind, macs[s.op.index]) for s in steps),
    )


def simplify(graph: Graph) -> Graph:
    """Run every pass, and verify the graph after each."""
    for step in PASSES:
        graph = step(graph)
        verify(graph, after=step.__name__)
    return graph


def state_bytes(graph: Graph, plan: Plan) -> int:
    """Give the bytes that keep their value from one run to the next; they lie inside the arena."""
    return sum(align(t.size_bytes) for t in graph.tensors if t.variable and t.index in plan.offsets)


def _files(graph: Graph, steps: Sequence[Step], plan: Plan, recipe: Recipe) -> dict[str, str]:
    return {
        "model.h": header(graph, arena_bytes=plan.peak_bytes, state_bytes=state_bytes(graph, plan)),
        "model.cc": source(graph, steps, plan, recipe),
    }


def _check_fit(plan: Plan, weights: int, target: Target) -> None:
    if plan.peak_bytes > target.ram_bytes:
        largest = max(plan.tensors, key=lambda t: t.size)
        raise DoesNotFit(
            f"The model needs an arena of {plan.peak_bytes} bytes and {target.name} has "
            f"{target.ram_bytes}; the largest tensor is {largest.name} with {largest.size} bytes."
        )
    if weights > target.flash_bytes:
        raise DoesNotFit(
            f"The model has {weights} bytes of constants and {target.name} has "
            f"{target.flash_bytes} bytes of flash; choose a larger part or a smaller model."
        )
