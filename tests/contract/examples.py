"""One example of every message, as the objects of the protocol. The wire forms lie in ``wire/``.

``UPDATE_GOLDEN=1`` writes them anew: a change of the wire is then a diff that somebody reads.
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner

from device_agent.protocol import bundle, ddi, enrol, frame, instruction, schema, telemetry
from device_agent.protocol.delta.offer import DeltaOffer
from device_agent.protocol.manifest import GOLDEN, LIBRARY, SCHEMA, Manifest, Tensor

WIRE = Path(__file__).parent / "wire"
BASE = "http://127.0.0.1:8000/default/controller/v1/cam-01"
DIRECTOR = CryptoSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
BUILDER = CryptoSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64))))
DEVICE = Ed25519PrivateKey.from_private_bytes(bytes(range(64, 96)))

TENSOR = Tensor("image", "int8", (1, 8, 8, 1), 0.003921568859368563, -128, 64)
OUTPUT = Tensor("digit", "int8", (1, 2), 0.00390625, -128, 2)
TELEMETRY_SCHEMA = schema.TelemetrySchema(
    model="digits",
    version="1.0",
    features=(
        schema.Feature("mean", "mean", (-90, -60, -30)),
        schema.Feature("edge", "edge", (100, 400)),
    ),
    classes=("0", "1"),
)
COUNTS = [0, 5, 90, 5] + [0, 100, 0] + [0] * 15 + [60] + [0] * 15 + [40] + [100] + [0] * 36
COUNTS += [1, 0, 2, 0, 3]
FRAME = frame.Frame(
    schema_id=TELEMETRY_SCHEMA.schema_id,
    boot_id=7,
    seq=300,
    t_open_s=86_400,
    duration_s=3600,
    samples=100,
    flags=frame.FrameFlags.TRIAL | frame.FrameFlags.SWITCHED,
    blob=frame.pack_counts(COUNTS),
)
FILES = {
    LIBRARY: b"\x7fELF as far as this example goes",
    GOLDEN: bytes(range(66)) * 2,
    SCHEMA: json.dumps(schema.dump_schema(TELEMETRY_SCHEMA), sort_keys=True).encode(),
}
MANIFEST = Manifest(
    model="digits",
    version="1.0",
    version_number=1,
    target="linux-x86_64",
    members={name: bundle.member_of(data) for name, data in FILES.items()},
    inputs=(TENSOR,),
    outputs=(OUTPUT,),
    golden_vectors=2,
    class_names=("0", "1"),
    arena_bytes=4096,
)
BUNDLE = bundle.write_bundle(MANIFEST, FILES)
SHA256 = bundle.member_of(BUNDLE).sha256
# What a device held before, and what makes the bundle of that: made once, read by every agent.
BEFORE = {**FILES, LIBRARY: b"\x7fELF as far as the one before goes"}
BASE_BUNDLE = bundle.write_bundle(
    replace(
        MANIFEST,
        version="0.9",
        members={name: bundle.member_of(data) for name, data in BEFORE.items()},
    ),
    BEFORE,
)
DELTA = (WIRE / "delta.bin").read_bytes()
OFFER = DeltaOffer(
    bundle.member_of(BASE_BUNDLE).sha256,
    bundle.member_of(DELTA).sha256,
    len(DELTA),
    f"{BASE}/softwaremodules/31/artifacts/digits-1.0.bundle/deltas/{bundle.member_of(DELTA).sha256}",
)
INSTRUCTION = instruction.Instruction(
    device="cam-01",
    assignment="asg_01",
    component="model",
    release="rel_01",
    model="digits",
    version="1.0",
    artifact=instruction.ArtifactName("digits-1.0.bundle", SHA256, len(BUNDLE)),
    counter=3,
    target="linux-x86_64",
    abi="ef1",
    issued_at=1_790_000_000,
    expires_at=1_790_604_800,
    nonce="9f86d081884c7d65",
)
STATEMENT = instruction.ArtifactStatement(
    SHA256, len(BUNDLE), "bundle", "digits", "1.0", "linux-x86_64"
)
KEY = DEVICE.public_key().public_bytes_raw()


@dataclass(frozen=True)
class Json:
    """A message in JSON: the object, how it is written and how it is read."""

    value: Any
    dump: Callable[[Any], object]
    parse: Callable[[object], object]


def keys_of(signer: CryptoSigner) -> dict[str, str]:
    return {signer.public_key.keyid: str(signer.public_key.keyval["public"])}


MESSAGES: dict[str, Json] = {
    "poll": Json(
        ddi.Poll(
            300,
            {
                "deploymentBase": f"{BASE}/deploymentBase/1042?c=73310221",
                "instruction": f"{BASE}/instruction/1042",
                "configData": f"{BASE}/configData",
                "telemetry": "http://127.0.0.1:8000/device/v1/telemetry/cam-01",
            },
        ),
        ddi.dump_poll,
        ddi.parse_poll,
    ),
    "deployment": Json(
        ddi.Deployment(
            "1042",
            ddi.Handling.FORCED,
            ddi.Handling.ATTEMPT,
            (
                ddi.Chunk(
                    "bApp",
                    "digits",
                    "1.0",
                    (
                        ddi.DdiArtifact(
                            "digits-1.0.bundle",
                            len(BUNDLE),
                            SHA256,
                            f"{BASE}/softwaremodules/31/artifacts/digits-1.0.bundle",
                            "ab" * 20,
                            "cd" * 16,
                            (OFFER,),
                        ),
                    ),
                ),
            ),
            "available",
        ),
        ddi.dump_deployment,
        ddi.parse_deployment,
    ),
    "cancel": Json(ddi.Cancellation("1042", "1042"), ddi.dump_cancel, ddi.parse_cancel),
    "feedback-progress": Json(
        ddi.Feedback(
            ddi.Execution.PROCEEDING,
            ddi.Finished.NONE,
            ("Written to slot b.",),
            progress=(2, 4),
        ),
        ddi.dump_feedback,
        ddi.parse_feedback,
    ),
    "feedback-failure": Json(
        ddi.Feedback(
            ddi.Execution.CLOSED,
            ddi.Finished.FAILURE,
            ("trial: 1 inferences failed while on trial.",),
            code=200,
            timestamp_ms=1_790_000_000_000,
        ),
        ddi.dump_feedback,
        ddi.parse_feedback,
    ),
    "config-data": Json(
        ddi.ConfigData({"model": "digits", "version": "1.0", "sha256": SHA256}),
        ddi.dump_config_data,
        ddi.parse_config_data,
    ),
    "enrol-request": Json(
        enrol.EnrolRequest(
            "ABCD-EFGH",
            "cam-01",
            "linux-x86_64",
            KEY,
            DEVICE.sign(enrol.enrol_message("ABCD-EFGH", "cam-01", KEY)),
            {"hw_rev": "B2"},
        ),
        enrol.dump_enrol_request,
        enrol.parse_enrol_request,
    ),
    "enrol-reply": Json(
        enrol.EnrolReply("cam-01", "accepted", BASE, keys_of(DIRECTOR), keys_of(BUILDER)),
        enrol.dump_enrol_reply,
        enrol.parse_enrol_reply,
    ),
    "telemetry-schema": Json(TELEMETRY_SCHEMA, schema.dump_schema, schema.parse_schema),
    "telemetry-ack": Json(
        telemetry.Ack(dup=False, high_seq=300, server_time=1_790_000_000),
        telemetry.dump_ack,
        telemetry.parse_ack,
    ),
}


def signed_pair() -> bytes:
    pair = instruction.dump_pair(
        instruction.seal_instruction(INSTRUCTION, DIRECTOR),
        instruction.seal_statement(STATEMENT, BUILDER),
    )
    return text_of(pair)


def text_of(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def wire_forms() -> dict[str, bytes]:
    """File name → exact bytes of every example."""
    forms = {
        f"{name}.json": text_of(message.dump(message.value)) for name, message in MESSAGES.items()
    }
    forms["signed-documents.json"] = signed_pair()
    forms["telemetry-frame.cbor"] = frame.encode_frame(FRAME)
    forms["bundle.tar"] = BUNDLE
    forms["delta.bin"] = DELTA
    return forms


def load_bundle() -> bundle.Contents:
    return bundle.load_bundle(io.BytesIO((WIRE / "bundle.tar").read_bytes()))
