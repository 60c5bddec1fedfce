"""Each operator has small models, found by its name, and they reach all of its C++."""

from collections.abc import Iterator

import pytest

from builds.compiler import Graph, read_graph
from builds.compiler.emit import text
from builds.compiler.operators.common.lowered_op import Context, LoweredOp
from builds.compiler.operators.table import HOMES, LOWERING_TABLE, OPDEFS
from builds.compiler.pipeline import PASSES, PASSES_APART, simplify
from builds.targets.catalog import load_target
from tests.builds.compiler.emit.emitted import TARGETS
from tests.builds.compiler.operators.factories import models_of, operators_of

HOUSES = sorted(set(HOMES.values()))
SHARED = {
    name for name, path in text.headers().items() if "common" in (*path.parent.parts, path.stem)
}


def kinds(graph: Graph) -> set[str]:
    """Give the operators of a graph, those that a pass makes included."""
    return {op.kind for op in (*graph.ops, *simplify(graph).ops)}


def lowered(graph: Graph) -> Iterator[LoweredOp]:
    """Lower a graph for each family of processors, with its weights in the code and apart."""
    for target in TARGETS:
        for passes in (PASSES, PASSES_APART):
            whole = simplify(graph, passes)
            context = Context(whole, load_target(target), passes is PASSES_APART)
            for op in whole.ops:
                yield LOWERING_TABLE[op.kind](op, context)


def kernel(name: str) -> str:
    """Give the name by which a declaration has a header: without scope and family."""
    path = text.headers()[name.rpartition("::")[2]]
    return path.stem


def named(op: LoweredOp) -> set[str]:
    """Give the headers that an operator names, apart from those that all share."""
    return {kernel(name) for name in op.runtime if name.rpartition("::")[2] not in SHARED}


@pytest.mark.parametrize("home", HOUSES)
def test_each_operator_is_in_a_model_of_its_house(home: str) -> None:
    found = set().union(*(kinds(read_graph(model)) for model in models_of(home).values()))
    assert operators_of(home) <= found


@pytest.mark.parametrize("home", HOUSES)
def test_models_name_the_headers_that_their_operators_declare_and_reach_them_all(
    home: str,
) -> None:
    own, reached = operators_of(home), set()
    for model in models_of(home).values():
        for op in lowered(read_graph(model)):
            assert named(op) <= set(OPDEFS[op.op.kind].headers), op.op.label
            reached |= named(op) if op.op.kind in own else set()
    assert reached == {name for operator in own for name in OPDEFS[operator].headers}


def test_an_operator_that_a_pass_removes_has_no_header() -> None:
    removed = [opdef for opdef in OPDEFS.values() if opdef.lower is None]
    assert removed
    assert not any(opdef.headers for opdef in removed)
