"""The report of a build: what it is, what it costs, and what proves it.

Guarantees: equal builds on equal machines give equal bytes: no time, no path, no name of a worker;
what the service knows itself is never taken from the stages.
"""

import json
from collections.abc import Sequence
from typing import Any

from builds.choices import ArtifactKind
from builds.image.schema_table import recorder_cost
from builds.models import Int8Model
from builds.pipeline.stages.order import BuildFile, BuildOrder, StageResults
from builds.targets import takes_images
from device_agent.protocol.schema import parse_schema
from fleet.lib.hashing import sha256_hex

REPORT_FORMAT = 1


def report_output(
    order: BuildOrder, made: StageResults, outputs: Sequence[BuildFile], int8: Int8Model
) -> tuple[dict[str, Any], BuildFile]:
    """What the stages know, with all that the service knows beside; and the same as the file that
    travels with the artifacts.
    """
    schema = parse_schema(order.schema)
    report = {
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
            **({"converter": int8.converter} if int8.converter else {}),
        },
        "schema_id": schema.schema_id.hex(),
        "recorder": recorder_cost(schema) if takes_images(order.target) else None,
        "accuracy": {"float": int8.float_accuracy, "int8": int8.int8_accuracy},
        "files": {
            output.filename: {"sha256": sha256_hex(output.data), "size_bytes": len(output.data)}
            for output in outputs
        },
    }
    text = json.dumps(report, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return report, BuildFile(ArtifactKind.REPORT, "report.json", f"{text}\n".encode())
