"""The report of a build: what it is, what it costs, and what proves it.

Guarantees: equal builds on equal machines give equal bytes: no time, no path, no name of a worker.
"""

import json
from dataclasses import asdict
from typing import Any

from builds.choices import ArtifactKind
from builds.compiler import Arithmetic, Recipe
from builds.compiler.evidence import evidence
from builds.compiler.report import make_report
from builds.models import Int8Model
from builds.pipeline import Output, Work, static_ram_bytes
from builds.values import functions_json
from device_agent.protocol.schema import parse_schema
from fleet.lib.hashing import sha256_hex

REPORT_FORMAT = 1


def report_document(work: Work, int8: Int8Model) -> dict[str, Any]:
    """The compiler's own report with all that the service knows beside."""
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
            "format": REPORT_FORMAT,
            "model": order.model,
            "version": order.version,
            "recipe": {
                "scheme": "int8",
                "optimise": str(order.optimise),
                "weights": str(order.weights),
                "arithmetic": str(order.arithmetic),
            },
            "schema_id": parse_schema(order.schema).schema_id.hex(),
            "accuracy": {"float": int8.float_accuracy, "int8": int8.int8_accuracy},
            "ram_bytes": _ram(work),
            "sections": dict(work.tools.sections(work)),
            "memory": [asdict(tensor) for tensor in work.compiled.plan.tensors],
            "files": {
                output.filename: {"sha256": sha256_hex(output.data), "size_bytes": len(output.data)}
                for output in work.outputs
            },
        }
    )


def report_output(report: dict[str, Any]) -> Output:
    """The report as the file that travels with the artifacts."""
    text = json.dumps(report, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return Output(ArtifactKind.REPORT, "report.json", f"{text}\n".encode())


def _ram(work: Work) -> dict[str, int | None]:
    """As linked: what the target's own sections take beside the arena counts as state."""
    static, arena = static_ram_bytes(work), work.compiled.arena_bytes
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
    }
