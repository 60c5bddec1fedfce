"""The report of a build: what it is, what it costs, and what proves it.

Guarantees: equal builds on equal machines give equal bytes: no time, no path, no name of a worker;
what the service knows itself is never taken from the stages.
"""

import json
from collections.abc import Sequence
from typing import Any

from builds.choices import ArtifactKind
from builds.models import Int8Model
from builds.pipeline.stages.made import Made
from builds.pipeline.stages.work import Order, Output
from device_agent.protocol.schema import parse_schema
from fleet.lib.hashing import sha256_hex

REPORT_FORMAT = 1


def report_document(
    order: Order, made: Made, outputs: Sequence[Output], int8: Int8Model
) -> dict[str, Any]:
    """What the stages know, with all that the service knows beside."""
    return {
        **made.report,
        "format": REPORT_FORMAT,
        "model": order.model,
        "version": order.version,
        "target": order.target.name,
        "model_sha256": sha256_hex(order.int8),
        "recipe": {
            "scheme": "int8",
            "optimise": str(order.optimise),
            "weights": str(order.weights),
            "arithmetic": str(order.arithmetic),
        },
        "schema_id": parse_schema(order.schema).schema_id.hex(),
        "accuracy": {"float": int8.float_accuracy, "int8": int8.int8_accuracy},
        "files": {
            output.filename: {"sha256": sha256_hex(output.data), "size_bytes": len(output.data)}
            for output in outputs
        },
    }


def report_output(report: dict[str, Any]) -> Output:
    """The report as the file that travels with the artifacts."""
    text = json.dumps(report, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return Output(ArtifactKind.REPORT, "report.json", f"{text}\n".encode())
