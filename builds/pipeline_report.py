"""The report of a build: what it is, what it costs, and what proves it. The same inputs give the
same bytes."""

import json
from typing import Any

from builds.choices import ArtifactKind
from builds.models import Int8Model
from builds.pipeline import Output, Work, static_ram_bytes
from device_agent.protocol.schema import parse_schema
from fleet.lib.hashing import sha256_hex

REPORT_FORMAT = 1


def report_document(work: Work, int8: Int8Model) -> dict[str, Any]:
    """The compiler's report with all that the service knows beside."""
    order = work.order
    return {
        "format": REPORT_FORMAT,
        "model": order.model,
        "version": order.version,
        "target": order.target.name,
        "recipe": {"scheme": "int8", "optimise": str(order.optimise)},
        "model_sha256": sha256_hex(order.int8),
        "schema_id": parse_schema(order.schema).schema_id.hex(),
        "accuracy": {"float": int8.float_accuracy, "int8": int8.int8_accuracy},
        "ops": dict(work.compiled.ops),
        "macs": work.compiled.macs,
        "flash_bytes": _flash(work),
        "ram_bytes": _ram(work),
        "plan": _plan(work),
        "instructions": work.proof.instructions,
        "proof": _proof(work),
        "compiler": work.library.compiler_version,
        "files": {
            output.filename: {"sha256": sha256_hex(output.data), "size_bytes": len(output.data)}
            for output in work.outputs
        },
    }


def report_output(report: dict[str, Any]) -> Output:
    """The report as the file that travels with the artifacts."""
    text = json.dumps(report, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return Output(ArtifactKind.REPORT, "report.json", f"{text}\n".encode())


def _flash(work: Work) -> dict[str, int]:
    code, weights = work.library.code_bytes, work.library.weights_bytes
    return {"code": code, "weights": weights, "total": code + weights}


def _ram(work: Work) -> dict[str, int | None]:
    static, arena = static_ram_bytes(work), work.compiled.arena_bytes
    stack = work.proof.stack_bytes
    return {
        "arena": arena,
        "state": static - arena,
        "stack": stack,
        "total": static + (stack or 0),
    }


def _plan(work: Work) -> dict[str, Any]:
    plan = work.compiled.plan
    return {
        "peak_bytes": plan.peak_bytes,
        "lower_bound_bytes": plan.lower_bound_bytes,
        "overlapped": plan.overlapped,
    }


def _proof(work: Work) -> dict[str, Any]:
    proof = work.proof
    return {
        "vectors": proof.vectors,
        "engines": dict(proof.engines),
        "reasons": dict(proof.reasons),
        "equal": proof.equal,
    }
