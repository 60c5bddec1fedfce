"""Bundles to publish: with a library that only simulators run, or with a real one."""

import json

from device_agent.protocol import bundle
from device_agent.protocol.manifest import GOLDEN, LIBRARY, SCHEMA, Manifest, Tensor
from device_agent.protocol.schema import Feature, TelemetrySchema, dump_schema

TARGET = "linux-x86_64"
MODEL = "digits"
INPUT = Tensor("x", "int8", (1, 2, 2, 1), 0.5, -3, 4)
OUTPUT = Tensor("y", "int8", (1, 4), 0.00390625, -128, 4)
CLASSES = ("zero", "one", "two", "three")

# What a simulated processor finds when it runs a library that begins so.
GOOD, WRONG = b"good ", b"wrong "


def schema_of(version: str) -> TelemetrySchema:
    features = (Feature("brightness", "mean", (-50, 0, 50)), Feature("contrast", "spread", (10,)))
    return TelemetrySchema(MODEL, version, features, CLASSES, window_seconds=60)


def golden_of(vectors: list[bytes]) -> bytes:
    """For the model that answers an input turned by one place."""
    return b"".join(vector + vector[1:] + vector[:1] for vector in vectors)


def bundle_of(
    version: str,
    *,
    model: str = MODEL,
    library: bytes = b"",
    golden: bytes = b"",
    size: int = 0,
) -> bytes:
    files = {
        LIBRARY: library or GOOD + version.encode() + bytes(size),
        GOLDEN: golden or golden_of([bytes([1, 2, 3, 4]), bytes([255, 128, 127, 0])]),
        SCHEMA: json.dumps(dump_schema(schema_of(version))).encode(),
    }
    manifest = Manifest(
        model=model,
        version=version,
        version_number=int(float(version) * 10),
        target=TARGET,
        members={name: bundle.member_of(data) for name, data in files.items()},
        inputs=(INPUT,),
        outputs=(OUTPUT,),
        golden_vectors=len(files[GOLDEN]) // (INPUT.bytes + OUTPUT.bytes),
        class_names=CLASSES,
        arena_bytes=64,
    )
    return bundle.write_bundle(manifest, files)
