"""`model.cc`: constants, the kernels that the model needs, one function an operator.

And the four entry points.
"""

from collections.abc import Sequence
from string import Template

from builds.compiler.emit.constants import ConstantStorage
from builds.compiler.emit.header import comment
from builds.compiler.emit.identity import plain_names
from builds.compiler.emit.section import Parted
from builds.compiler.emit.text import runtime_text
from builds.compiler.graph import Graph, Op, Tensor
from builds.compiler.operators.common.lowered_op import Array, LoweredOp
from builds.compiler.plan.plan import MemoryPlan
from builds.compiler.plan.problem import scratch_key
from builds.compiler.recipe import Recipe

_CTYPES = {
    "float32": "float",
    "int8": "int8_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "uint8": "uint8_t",
    "bool": "uint8_t",  # a caller may fill in any byte
    "int64": "int64_t",
}
_KERNEL = {
    Recipe.SIZE: "[[maybe_unused]] __attribute__((noinline)) static",
    Recipe.BALANCED: "[[maybe_unused]] __attribute__((noinline)) static",
    Recipe.SPEED: "[[maybe_unused]] __attribute__((always_inline)) static inline",
}


def source(
    graph: Graph, parted: Parted, plan: MemoryPlan, recipe: Recipe, storage: ConstantStorage
) -> str:
    """Print the whole source file."""
    steps = parted.steps
    arrays, renames = _shared(steps)
    start = [*storage.checks, *(_renamed(line, renames) for line in parted.start)]
    parts = [
        _prelude(plan, recipe, storage),
        *_runtime(steps, storage),
        *(storage.array(a) for a in arrays),
        *(_operator(s, n, graph, plan, renames, storage) for n, s in enumerate(steps)),
        "}  // namespace\n",
        _entry_points(graph, steps, plan, start, storage),
    ]
    return "\n".join(parts)


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


def _prelude(plan: MemoryPlan, recipe: Recipe, storage: ConstantStorage) -> str:
    return Template(runtime_text("prelude")).substitute(
        kernel=_KERNEL[recipe], weights=storage.weights, arena_bytes=max(plan.peak_bytes, 8)
    )


def _runtime(steps: Sequence[LoweredOp], storage: ConstantStorage) -> list[str]:
    """Collect the kernels in use: those that all flavours share, then those of each flavour."""
    names = list(dict.fromkeys(name for s in steps for name in s.runtime))
    parts = [*storage.common, *(storage.kernel(runtime_text(n)) for n in names if "::" not in n)]
    scopes = list(dict.fromkeys(n.split("::")[0] for n in names if "::" in n))
    for scope in scopes:
        files = [n.split("::")[1] for n in names if n.startswith(f"{scope}::")]
        texts = [storage.kernel(runtime_text(name)) for name in files]
        parts += [f"namespace {scope} {{\n", *texts, f"}}  // namespace {scope}\n"]
    return parts


def _operator(
    step: LoweredOp,
    number: int,
    graph: Graph,
    plan: MemoryPlan,
    renames: dict[str, str],
    storage: ConstantStorage,
) -> str:
    places = _places(step, number, graph, plan)
    lines = [f"// {_title(step.op, graph, storage)}"]
    lines += [_renamed(text, renames) for text in step.globals]
    lines += [f"EF_STEP void {step.name}() {{"]
    lines += [f"  {_renamed(Template(line).substitute(places), renames)}" for line in step.body]
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
    graph: Graph,
    steps: Sequence[LoweredOp],
    plan: MemoryPlan,
    start: Sequence[str],
    storage: ConstantStorage,
) -> str:
    def cases(tensors: tuple[Tensor, ...]) -> str:
        offsets = [plan.offsets[graph.storage(t.index)] for t in tensors]
        if len(offsets) == 1:
            return f"  return index == 0 ? ef_at<void>({offsets[0]}) : nullptr;"
        lines = [f"    case {i}: return ef_at<void>({o});" for i, o in enumerate(offsets)]
        return "\n".join(["  switch (index) {", *lines, "    default: return nullptr;", "  }"])

    return Template(runtime_text("entry_points")).substitute(
        inputs=cases(graph.inputs),
        outputs=cases(graph.outputs),
        calls="\n".join(f"  {s.name}();" for s in steps),
        reset="\n".join(
            [*(f"  {line}" for line in start), "  ef_set_phase(kEfReady);", "  return 0;"]
        ),
        more=storage.functions,
        aliases=plain_names(apart=bool(storage.functions)),
    )
