"""What the stages know of a build: the larger part of its report.

Guarantees: equal builds on equal machines give equal values: no time, no path, no name of a worker.
"""

from dataclasses import asdict
from typing import Any

from builds.compiler import Arithmetic, Recipe
from builds.compiler.report import make_report
from builds.pipeline.stages.export import build_sections
from builds.pipeline.stages.work import Work
from builds.verify import reals_json
from builds.verify.every_value import functions_json
from builds.verify.evidence import evidence


def report_of(work: Work) -> dict[str, Any]:
    """The compiler's own report, with what was measured on the linked code."""
    order = work.order
    compiled = make_report(
        order.int8,
        work.compiled,
        order.target,
        Recipe(str(order.optimise)),
        work.linked,
        _proof(work),
        work.proof,
    )
    said = evidence(work.compiled, Arithmetic(str(order.arithmetic)), work.proof.seen)
    return (
        compiled
        | said
        | {
            "ram_bytes": _ram(work),
            "sections": build_sections(work),
            "memory": [asdict(tensor) for tensor in work.compiled.plan.tensors],
        }
    )


def _ram(work: Work) -> dict[str, int | None]:
    """As linked: what the target's own sections take beside the arena counts as state."""
    static, arena = work.static_ram_bytes, work.compiled.arena_bytes
    stack = work.proof.stack_bytes
    return {
        "arena": arena,
        "state": static - arena,
        "stack": stack,
        "total": static + (stack or 0),
    }


def _proof(work: Work) -> dict[str, Any]:
    proof = work.proof
    return {
        "vectors": proof.vectors,
        "engines": dict(proof.engines),
        "reasons": dict(proof.reasons),
        "equal": proof.equal,
        "functions": functions_json(proof),
        **({"reals": reals} if (reals := reals_json(proof.reals)) else {}),
    }
