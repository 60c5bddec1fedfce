"""`model.cc`: constants, the kernels that the model needs, one function an operator.

And the four entry points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from string import Template

from builds.compiler.emit.constants import ConstantStorage
from builds.compiler.emit.embedding.points import point_words
from builds.compiler.emit.embedding.style import Style
from builds.compiler.emit.header import comment
from builds.compiler.emit.section import Parted
from builds.compiler.emit.text import runtime_text
from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common.lowered_op import Array, LoweredOp
from builds.compiler.plan.plan import MemoryPlan
from builds.compiler.plan.problem import scratch_key

ARENA_LEAST = 8  # bytes, so that an arena is never an array of none
_CTYPES = {
    "float32": "float",
    "int8": "int8_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "uint8": "uint8_t",
    "bool": "uint8_t",  # a caller may fill in any byte
    "int64": "int64_t",
}


def source(
    graph: Graph, parted: Parted, plan: MemoryPlan, style: Style, storage: ConstantStorage
) -> str:
    """Print the whole source file."""
    steps = parted.steps
    arrays, renames = _shared(steps)
    start = [*storage.checks, *(_renamed(style.line(line), renames) for line in parted.start)]
    places = _Places(graph, plan, renames, style)
    parts = [
        _prelude(style, storage),
        Template(style.memory).substitute(arena_bytes=_arena_bytes(plan)),
        *_runtime(steps, storage, style),
        *(storage.array(a) for a in arrays),
        *(_operator(s, n, places, storage) for n, s in enumerate(steps)),
        "}  // namespace\n",
        _entry_points(places, steps, start, storage),
    ]
    return "\n".join(parts)


@dataclass(frozen=True)
class _Places:
    """Where everything is: tensors, arrays that are there once, and what is written how."""

    graph: Graph
    plan: MemoryPlan
    renames: dict[str, str]
    style: Style


def _arena_bytes(plan: MemoryPlan) -> int:
    return max(plan.peak_bytes, ARENA_LEAST)


def constants(steps: Sequence[LoweredOp]) -> tuple[Array, ...]:
    """Give the arrays that end up in flash, each content once."""
    return _shared(steps)[0]


def _shared(steps: Sequence[LoweredOp]) -> tuple[tuple[Array, ...], dict[str, str]]:
    kept: dict[tuple[str, bytes], Array] = {}
    renames: dict[str, str] = {}
    for item in (a for s in steps for a in s.arrays):
        first = kept.setdefault((item.ctype, item.values.tobytes()), item)
        if first is not item:
            renames[item.name] = first.name
    return tuple(kept.values()), renames


def _prelude(style: Style, storage: ConstantStorage) -> str:
    return Template(runtime_text("prelude")).substitute(
        kernel=style.kernel, weights=storage.weights
    )


def _runtime(steps: Sequence[LoweredOp], storage: ConstantStorage, style: Style) -> list[str]:
    """Collect the kernels in use: those that all flavours share, then those of each flavour."""
    names = list(dict.fromkeys(name for s in steps for name in s.runtime))
    parts = [storage.kernel(runtime_text(n)) for n in names if "::" not in n]
    scopes = list(dict.fromkeys(n.split("::")[0] for n in names if "::" in n))
    for scope in scopes:
        files = [n.split("::")[1] for n in names if n.startswith(f"{scope}::")]
        texts = [storage.kernel(runtime_text(name)) for name in files]
        parts += [f"namespace {scope} {{\n", *texts, f"}}  // namespace {scope}\n"]
    return style.kernels(storage.common, storage.own, parts, storage.weights)


def _operator(step: LoweredOp, number: int, at: _Places, storage: ConstantStorage) -> str:
    places, style = _places(step, number, at.graph, at.plan), at.style
    before, inside = style.parted([_renamed(text, at.renames) for text in step.globals])
    body = [_renamed(Template(line).substitute(places), at.renames) for line in step.body]
    lines = [
        f"// {_title(step.op, at.graph, storage)}",
        *before,
        f"EF_STEP void {step.name}({style.parameters}) {{",
        *(f"  {line}" for line in inside),
        *(f"  {style.line(line)}" for line in body),
    ]
    return "\n".join([*lines, "}", ""])


def _renamed(text: str, renames: dict[str, str]) -> str:
    for old, new in renames.items():
        text = text.replace(f"{old},", f"{new},").replace(f"{old}}}", f"{new}}}")
    return text


def _places(step: LoweredOp, number: int, graph: Graph, plan: MemoryPlan) -> dict[str, str]:
    places = {f"in{i}": _at(graph, plan, t, "const ") for i, t in enumerate(step.inputs)}
    places |= {f"out{i}": _at(graph, plan, t) for i, t in enumerate(step.outputs)}
    backward = any(graph.storage(t) in plan.backward for t in step.outputs)
    places["backward"] = "true" if backward else "false"
    offset = plan.offsets.get(scratch_key(number), 0)
    places["scratch"] = str(offset)
    return places


def _at(graph: Graph, plan: MemoryPlan, index: int, qualifier: str = "") -> str:
    tensor = graph.tensor(index)
    return f"ef_at<{qualifier}{_CTYPES[tensor.dtype]}>({plan.offsets[graph.storage(index)]})"


def _title(op: Op, graph: Graph, storage: ConstantStorage) -> str:
    def text(tensor: Tensor) -> str:
        shape = "x".join(map(str, tensor.shape)) or "scalar"
        many = tensor.quantization is not None and len(tensor.quantization.scales) > 1
        scale = " per channel" if many else f" scale {tensor.scale:.6g} zero {tensor.zero_point}"
        shown = tensor.quantization and storage.shows_scales
        return f"{tensor.dtype} {shape}{scale if shown else ''}"

    given = ", ".join(text(graph.tensor(i)) for i in op.inputs if i >= 0)
    made = ", ".join(f"{text(graph.tensor(i))}" for i in op.outputs)
    name = comment(graph.tensor((op.outputs or op.inputs)[0]).name)
    return f"{op.kind} {name}\n//   from {given}\n//   to   {made}"


def _entry_points(
    at: _Places, steps: Sequence[LoweredOp], start: Sequence[str], storage: ConstantStorage
) -> str:
    style = at.style

    def cases(tensors: tuple[Tensor, ...]) -> str:
        offsets = [at.plan.offsets[at.graph.storage(t.index)] for t in tensors]
        if len(offsets) == 1:
            text = f"  return index == 0 ? ef_at<void>({offsets[0]}) : nullptr;"
            return style.line(text)
        lines = [f"    case {i}: return ef_at<void>({o});" for i, o in enumerate(offsets)]
        whole = "\n".join(["  switch (index) {", *lines, "    default: return nullptr;", "  }"])
        return style.line(whole)

    return Template(runtime_text("entry_points")).substitute(
        point_words(
            style,
            [s.name for s in steps],
            start,
            arena_bytes=_arena_bytes(at.plan),
            apart=bool(storage.functions),
        ),
        inputs=cases(at.graph.inputs),
        outputs=cases(at.graph.outputs),
        more=storage.functions,
    )
