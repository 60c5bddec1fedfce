"""What a report says beside equality: whose arithmetic it is, whether real numbers agree, and how
much of the model the vectors reach.

Guarantees: the members are always there and keep their meaning; what nobody could look at is null,
with the reason.
"""

from builds.compiler import Arithmetic, Compiled
from builds.compiler.litert import CHANGED
from builds.compiler.report import Json
from builds.verify.coverage import Coverage
from builds.verify.plausible import Beyond
from builds.verify.seen import Seen

_DIGITS = 4
_LAYERS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"})


def evidence(compiled: Compiled, arithmetic: Arithmetic, seen: Seen | None) -> Json:
    """Give the report's members `arithmetic` and `coverage`; without a proof both say so."""
    found = seen.plausible if seen else None
    return {
        "arithmetic": {
            "chosen": arithmetic.value,
            "used": "litert" if compiled.rewritten else "tflm",
            "litert_operators": list(compiled.rewritten),
            "judged": {"vectors": found.vectors, "operators": found.operators} if found else None,
            "beyond_rounding": [_beyond(item) for item in found.beyond] if found else None,
            "notes": list(found.notes) if found else [],
            "not_judged": list(found.not_judged) if found else [],
            "reason": _reason(seen),
        },
        "coverage": _coverage(seen.coverage) if seen and seen.coverage else None,
    }


def _reason(seen: Seen | None) -> str:
    return seen.reason if seen else "nothing was proved"


def _beyond(item: Beyond) -> Json:
    return {
        "operator": item.operator,
        "kind": item.kind,
        "tensor": item.tensor,
        "off": round(item.off, _DIGITS),
        "step": item.step,
        "share": round(item.share, _DIGITS),
        "vector": item.vector,
    }


def _coverage(coverage: Coverage) -> Json:
    return {
        "vectors": coverage.vectors,
        "tried": coverage.tried,
        "marks": round(coverage.marks, _DIGITS),
        "values": round(coverage.values, _DIGITS),
        "both_ends": coverage.both_ends,
        "outputs": len(coverage.operators),
        "operators": [
            {
                "operator": row.operator,
                "kind": row.kind,
                "tensor": row.tensor,
                "values": round(row.values, _DIGITS),
                "reached": list(row.reached),
                "missed": list(row.missed),
            }
            for row in coverage.operators
        ],
    }


def objection(arithmetic: Arithmetic, seen: Seen | None) -> str | None:
    """Say why a proved build is not what the model says, unless TFLM's arithmetic was chosen."""
    found = seen.plausible.beyond if seen and seen.plausible else ()
    if not found or arithmetic is Arithmetic.TFLM:
        return None
    worst = max(found, key=lambda item: (item.share, item.off))
    others = f"; so do {len(found) - 1} more" if len(found) > 1 else ""
    where = "in LiteRT's arithmetic too" if arithmetic is Arithmetic.LITERT else "in TFLM"
    return (
        f"Rounding does not explain what the model computes {where}: {worst.sentence}{others}; "
        f"{_way_out(arithmetic, found)}."
    )


def _way_out(arithmetic: Arithmetic, found: tuple[Beyond, ...]) -> str:
    """Name the choices that there are."""
    kept = "the arithmetic 'tflm' to have what TFLM computes"
    if arithmetic is Arithmetic.REFUSE and all(item.kind in CHANGED for item in found):
        return f"choose the arithmetic 'litert' to have what LiteRT computes, or {kept}"
    if all(item.kind in _LAYERS for item in found):
        return (
            "sums that pass 32 bits on the way to a very small scale begin anew at the other end; "
            "where the layer died in training, train or calibrate again, or leave it out, or "
            f"choose {kept}"
        )
    return f"export it with one scale before and behind the operator, or choose {kept}"
