"""What a report says of real numbers: how much is computed in them, and what that costs."""

from builds.compiler.compiled import Compiled
from builds.compiler.graph import Op
from builds.compiler.operators.table import macs_of
from builds.targets.spec import Kind, Target

Json = dict[str, object]
_MOVES = frozenset({"CAST", "DEQUANTIZE", "QUANTIZE"})  # that only lead to real numbers and back


def reals_of(compiled: Compiled, target: Target) -> Json:
    """Give the member `reals`; nothing where a build computes none."""
    graph = compiled.graph
    real = [op for op in graph.ops if op.kind not in _MOVES and _is_real(compiled, op)]
    if not real:
        return {}
    macs = sum(macs_of(op, graph) for op in real)
    by_hand = not _has_unit(target)
    return {
        "reals": {
            "operators": len(real),
            "macs": macs,
            "unit": "software" if by_hand else "hardware",
            "warning": _warning(len(real), macs, target) if by_hand else None,
        }
    }


def _is_real(compiled: Compiled, op: Op) -> bool:
    return any(compiled.graph.tensor(i).dtype == "float32" for i in op.outputs)


def _has_unit(target: Target) -> bool:
    """Tell whether a target computes in float32; firmware of the soft ABI does not, on any core."""
    if target.kind is not Kind.MCU:
        return True
    return "fpu" in target.features and (target.arch != "thumb" or target.triple.endswith("hf"))


def _warning(operators: int, macs: int, target: Target) -> str:
    return (
        f"{operators} operators with {macs:,} multiply-accumulates are computed in float32, and "
        f"code for {target.name} has no floating-point unit: each takes a call of some 60 to 200 "
        "instructions. Quantise the model to int8, or choose a core with a unit."
    )
