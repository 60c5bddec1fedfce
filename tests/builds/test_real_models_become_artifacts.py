"""The whole chain with the real compiler, toolchain, engines and packers."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from builds import keyring, selectors
from builds.image import read_image, verify_image
from builds.models import Build
from builds.pipeline.provenance import FILENAME
from builds.pipeline.run import build_run
from device_agent.protocol.bundle import load_bundle
from device_agent.protocol.schema import parse_schema
from fleet.lib.hashing import sha256_hex
from fleet.lib.jobs import JobState
from registry import blobs
from registry.models import ModelVersion
from registry.services import version_admit
from tests import personas
from tests.builds import makers

MODELS = Path(__file__).parents[3] / "shared" / "models"
HELLO = MODELS / "hello_world_int8.tflite"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.toolchain,
    pytest.mark.skipif(not HELLO.exists(), reason="the shared models are not beside the project"),
]


def admitted() -> ModelVersion:
    pending = makers.pending_version(HELLO.read_bytes())
    return version_admit(version=pending, io_schema=makers.IO_SCHEMA, ops={}, by=personas.SYSTEM)


def built(target: str, **options: str) -> Build:
    build = makers.request(admitted(), target, **options)
    build_run(build_id=build.pk)
    build.refresh_from_db()
    assert build.state == JobState.SUCCEEDED, build.failure
    return build


def artifact(build: Build, filename: str) -> bytes:
    return blobs.read(build.artifacts.get(filename=filename).sha256)


def test_a_microcontroller_gets_a_signed_image() -> None:
    build = built("cortex-m4f")
    report = json.loads(artifact(build, "report.json"))
    assert report == build.report
    assert report["proof"]["equal"]
    assert report["proof"]["engines"]["tflm"].startswith("tflite-micro")
    image = artifact(build, "model.signed.bin")
    verify_image(image, bytes.fromhex(keyring.public_keys()["firmware"]["public"]))
    assert read_image(image).target == "cortex-m4f"
    names = set(build.artifacts.values_list("filename", flat=True))
    assert {"libmodel.a", "model.h", "model.cc", "golden.bin", "telemetry_schema.json"} < names
    with zipfile.ZipFile(io.BytesIO(artifact(build, "sources.zip"))) as archive:
        assert "digits/CMakeLists.txt" in archive.namelist()
    assert report["sections"]["weights_bytes"] == report["flash_bytes"]["weights"]
    table = artifact(build, "ef_schema_model.h").decode()
    schema = parse_schema(json.loads(artifact(build, "telemetry_schema.json")))
    assert f"{int.from_bytes(schema.schema_id, 'little'):#x}u" in table
    counts = schema.layout.total - 5
    assert f"#define EF_MODEL_COUNTS {counts}u" in table
    assert report["recorder"]["ram_bytes"] == 50 + 2 * counts


def test_a_build_with_weights_apart_keeps_them_and_two_images_of_its_parts() -> None:
    build = built("cortex-m4f", weights="apart")
    assert build.report is not None
    weights, apart = artifact(build, "weights.bin"), build.report["weights_apart"]
    assert (apart["bytes"], apart["sha256"]) == (len(weights), sha256_hex(weights))
    assert build.report["sections"]["abi"] == apart["abi"]
    code, alone = (read_image(artifact(build, f"{n}.signed.bin")) for n in ("code", "weights"))
    assert alone.payload == weights
    assert code.weights_abi == alone.weights_abi == apart["abi"]
    assert weights not in code.payload
    found = selectors.artifact_for(build.version, "cortex-m4f")
    assert found is not None
    assert found.filename == "model.signed.bin"  # devices still install one image with both
    assert weights in blobs.read(found.sha256)


def test_a_linux_device_gets_a_bundle_that_its_agent_reads() -> None:
    build = built("linux-x86_64")
    found = selectors.artifact_for(build.version, "linux-x86_64")
    assert found is not None
    contents = load_bundle(io.BytesIO(blobs.read(found.sha256)))
    assert (contents.manifest.model, contents.manifest.version) == ("digits", "1.0")
    assert contents.manifest.golden_vectors == 16
    document = json.loads(contents.members["telemetry_schema.json"])
    assert (
        parse_schema(document).schema_id
        == parse_schema(selectors.telemetry_schema(build.version)).schema_id
    )


def test_a_forced_second_build_gives_identical_bytes() -> None:
    first = built("linux-x86_64")
    second = makers.request(first.version, "linux-x86_64", force=True)
    build_run(build_id=second.pk)
    second.refresh_from_db()
    assert second.state == JobState.SUCCEEDED, second.failure
    files = [build.artifacts.exclude(filename=FILENAME) for build in (first, second)]
    digests = [dict(rows.values_list("filename", "sha256")) for rows in files]
    assert digests[0] == digests[1]
