"""Variables: VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE, and the CALL_ONCE that fills them.

Guarantees: the graph that comes out has no handles and no second subgraph; each variable is one
tensor that keeps its value between runs, with what it holds at the start.
"""

from collections.abc import Sequence
from dataclasses import replace

from builds.compiler.errors import BadModel, Unsupported
from builds.compiler.graph import Graph, Op, Tensor

_HANDLE, _READ, _ASSIGN, _ONCE = "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE"
_USES = {_READ: (1, 1), _ASSIGN: (2, 0)}  # inputs and outputs


def bind_variables(main: Graph, others: Sequence[Graph]) -> Graph:
    """Turn handles into tensors; `others` are the model's subgraphs after the first."""
    for op in main.ops:
        _check_arity(op)
    handles = _handles(main)
    starts = _starts(main, others)
    if not handles:
        return main
    variables: dict[str, Tensor] = {}
    ops: list[Op] = []
    for op in main.ops:
        if op.kind in _USES:
            name, value = _use(op, main, handles)
            fresh = _variable(value, len(main.tensors) + len(variables), name, starts.get(name))
            variable = variables.setdefault(name, fresh)
            ops.append(replace(op, inputs=(variable.index, *op.inputs[1:])))
        elif op.kind not in (_HANDLE, _ONCE):
            ops.append(op)
    return replace(main, ops=tuple(ops), tensors=(*main.tensors, *variables.values()))


def _handles(graph: Graph) -> dict[int, str]:
    """Give the variable that each handle names."""
    made = [op for op in graph.ops if op.kind == _HANDLE]
    if any(len(op.outputs) != 1 or op.inputs for op in made):
        raise BadModel("A VAR_HANDLE must have no input and one output.")
    return {op.outputs[0]: op.resource for op in made}


def _check_arity(op: Op) -> None:
    if op.kind not in _USES:
        return
    if (len(op.inputs), len(op.outputs)) != _USES[op.kind] or min(op.inputs) < 0:
        raise BadModel(f"{op.label} has inputs or outputs that it must not have.")


def _use(op: Op, graph: Graph, handles: dict[int, str]) -> tuple[str, Tensor]:
    """Give the variable that an operator uses, and the tensor that it is read into or set from."""
    _check_arity(op)
    if op.inputs[0] not in handles:
        raise BadModel(f"{op.label} uses a variable that no VAR_HANDLE names.")
    return handles[op.inputs[0]], graph.tensor((*op.outputs, *op.inputs[1:])[0])


def _variable(value: Tensor, index: int, name: str, initial: bytes | None) -> Tensor:
    if initial is not None and len(initial) != value.size_bytes:
        raise BadModel(f"The variable {name!r} starts with a value of another size.")
    label = name.strip("/") or f"variable_{index}"
    return replace(value, index=index, name=label, data=None, variable=True, initial=initial)


def _starts(main: Graph, others: Sequence[Graph]) -> dict[str, bytes]:
    """Give what the subgraphs that are called once leave in variables."""
    first = next((n for n, op in enumerate(main.ops) if op.kind in _USES), len(main.ops))
    calls = [op for op in main.ops[:first] if op.kind == _ONCE]
    called = {op.option("subgraph") for op in calls}
    if not called <= set(range(1, len(others) + 1)):
        raise BadModel(f"{calls[0].label} calls a subgraph that the file does not have.")
    graphs = [others[number - 1] for number in sorted(called)]
    return {name: value for graph in graphs for name, value in _assigned(graph).items()}


def _assigned(graph: Graph) -> dict[str, bytes]:
    handles = _handles(graph)
    found: dict[str, bytes] = {}
    for op in graph.ops:
        if op.kind == _HANDLE:
            continue
        value = _use(op, graph, handles)[1].data if op.kind == _ASSIGN else None
        if value is None:
            raise Unsupported(f"A subgraph has {op.label}; only constants may start variables.")
        found[handles[op.inputs[0]]] = value
    return found
