"""The way from a model file to C++: read, check, simplify, lower, plan, print."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from builds.compiler.compiled import Compiled, Operator
from builds.compiler.emit.embedding.style import Style, check_embedding
from builds.compiler.emit.files import emit_apart, emit_together
from builds.compiler.emit.identity import checked_name
from builds.compiler.emit.section import forget_names
from builds.compiler.errors import BadModel, DoesNotFit, Unsupported
from builds.compiler.graph import Graph
from builds.compiler.litert import as_litert
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.filters.batch_matmul import join_products
from builds.compiler.operators.movement.constant import write_constants
from builds.compiler.operators.refusal import check_ops, wrong_shape
from builds.compiler.operators.table import LOWERING_TABLE, macs_of
from builds.compiler.passes.fold_pad import fold_pad
from builds.compiler.passes.invariants import verify, verify_pass
from builds.compiler.passes.prune import prune_channels
from builds.compiler.passes.share_shapes import share_shapes, share_shapes_only
from builds.compiler.plan.plan import MemoryPlan, make_plan
from builds.compiler.plan.problem import align
from builds.compiler.read.fold_reals import fold_reals
from builds.compiler.read.fold_shapes import fold_shapes
from builds.compiler.read.reference import reference_of
from builds.compiler.read.tflite import read_tflite
from builds.compiler.recipe import STANDALONE, Arithmetic, Embedding, Recipe, Weights
from builds.compiler.tails import cut_off, find_tails
from builds.targets.spec import Target

PASSES: tuple[Callable[[Graph], Graph], ...] = (
    share_shapes,
    fold_pad,
    prune_channels,
    write_constants,
)
PASSES_APART: tuple[Callable[[Graph], Graph], ...] = (
    share_shapes_only,
    fold_pad,
    write_constants,
)


def read_graph(model: bytes) -> Graph:
    """Read and check a model file; says nothing yet about which operators can be compiled."""
    return _verified(_without_tails(model)[1])


def read_whole_graph(model: bytes) -> Graph:
    """Read a model file as an interpreter runs it, with what a build leaves to its caller."""
    return _verified(fold_shapes(read_tflite(model)))


def built_part(model: bytes) -> bytes:
    """Give the file of what a build computes: without the tail that is left to the caller."""
    return _without_tails(model)[0]


def _without_tails(model: bytes) -> tuple[bytes, Graph]:
    graph = fold_shapes(read_tflite(model))
    tails = find_tails(graph)
    if not tails:
        return model, graph
    model = cut_off(model, graph, tails)
    rest = fold_shapes(read_tflite(model))
    if rest.inputs != graph.inputs:
        raise BadModel("The model's lists of inputs and outputs lie in the same bytes.")
    return model, replace(rest, tails={at: tail.text for at, tail in tails.items()})


def _verified(folded: Graph) -> Graph:
    graph = fold_reals(join_products(folded))
    verify(graph)
    return graph


def compile_model(
    model: bytes,
    target: Target,
    *,
    recipe: Recipe = Recipe.BALANCED,
    weights: Weights = Weights.TOGETHER,
    arithmetic: Arithmetic = Arithmetic.REFUSE,
    name: str | None = None,
    embedding: Embedding = STANDALONE,
) -> Compiled:
    """Compile a model for a target; raises a CompileError that says what stands in the way.

    With a `name` it can stand beside other models in one program.
    """
    if name is not None:
        checked_name(name)
    check_embedding(embedding, recipe, weights)
    rewritten: tuple[str, ...] = ()
    if arithmetic is Arithmetic.LITERT:
        changed = as_litert(model)
        model, rewritten = changed.model, changed.operators
    model, folded = _without_tails(model)
    graph = _verified(folded)
    refused = check_ops(graph, target)
    if refused:
        raise Unsupported(refused[0])
    _check_shapes(graph)
    ops = dict(sorted(Counter(op.kind for op in graph.ops).items()))
    macs = {op.index: macs_of(op, graph) for op in graph.ops}
    apart = weights is Weights.APART
    graph = simplify(graph, PASSES_APART if apart else PASSES)
    context = Context(forget_names(graph) if apart else graph, target, apart)
    steps = tuple(LOWERING_TABLE[op.kind](op, context) for op in graph.ops)
    plan = make_plan(context.graph, steps, kept_inputs=embedding.kept_inputs)
    emit = emit_apart if apart else emit_together
    style = Style(recipe, embedding, state_bytes(graph, plan))
    emitted = emit(context.graph, steps, plan, style)
    _check_fit(plan, emitted.weights_bytes, target)
    compiled = Compiled(
        files=emitted.files,
        graph=graph,
        ops=ops,
        macs=sum(macs.values()),
        arena_bytes=plan.peak_bytes - state_bytes(graph, plan),
        state_bytes=state_bytes(graph, plan),
        weights_bytes=emitted.weights_bytes,
        plan=plan,
        cflags=recipe.cflags,
        operators=tuple(Operator(s.name, s.op.kind, macs.get(s.op.index, 0)) for s in steps),
        abi=emitted.abi,
        weights=emitted.weights,
        exceptions=tuple(_exception(step) for step in steps if step.unproved) if apart else (),
        reference=reference_of(model, folded),
        rewritten=rewritten,
        embedding=embedding,
    )
    return compiled.as_named(name) if name else compiled


def _check_shapes(graph: Graph) -> None:
    wrong = next((text for op in graph.ops if (text := wrong_shape(op, graph))), None)
    if wrong:
        raise BadModel(f"{wrong}.")


def _exception(step: LoweredOp) -> str:
    return (
        f"{step.op.label} takes the portable loop because its weights or scales are too large for "
        "the target's own; a training without that has another ABI."
    )


def simplify(graph: Graph, passes: Sequence[Callable[[Graph], Graph]] = PASSES) -> Graph:
    """Run every pass, and verify the graph after each."""
    for step in passes:
        graph = step(graph)
        verify_pass(graph, after=step.__name__)
    return graph


def state_bytes(graph: Graph, plan: MemoryPlan) -> int:
    """Give the bytes that keep their value from one run to the next; they lie inside the arena."""
    return sum(align(t.size_bytes) for t in graph.tensors if t.variable and t.index in plan.offsets)


def _check_fit(plan: MemoryPlan, weights: int, target: Target) -> None:
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
