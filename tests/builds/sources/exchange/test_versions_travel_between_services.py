"""A version goes out as one signed file and comes in elsewhere: whole, or not at all."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from builds import keyring
from builds.choices import KeyRole
from builds.models import Build, Probe
from builds.signing import PublicKey
from builds.sources.exchange.exported import version_export
from builds.sources.exchange.imported import version_import
from fleet.access.models import AuditEntry
from fleet.lib.errors import Conflict, FleetError, Forbidden
from registry import blobs
from registry.models import Dataset, LoggedFile, LoggedModel, ModelVersion
from registry.services import alias_move, version_admit
from tests import personas
from tests.builds import makers
from tests.registry import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> ModelVersion:
    dataset = factories.dataset_make(kind="reference", name="first", shape=(2,))
    made = makers.pending_version(label="1.0", reference=dataset)
    makers.int8_model(made)
    makers.run(makers.request(admitted(made)))
    alias_move(model=made.model, name="production", to=made, expected=None, by=personas.SYSTEM)
    return made


def admitted(made: ModelVersion) -> ModelVersion:
    return version_admit(
        version=made, io_schema=makers.IO_SCHEMA, ops={"FULLY_CONNECTED": 3}, by=personas.SYSTEM
    )


def exported(version: ModelVersion) -> bytes:
    out = io.BytesIO()
    version_export(version=version, out=out, by=personas.SYSTEM)
    return out.getvalue()


def taken(data: bytes, name: str | None = "elsewhere", keys: list[PublicKey] | None = None) -> Any:
    trusted = keyring.verifying_keys(KeyRole.BUILDER) if keys is None else keys
    return version_import(stream=io.BytesIO(data), keys=trusted, by=personas.SYSTEM, name=name)


def changed(data: bytes, name: str, content: bytes | None) -> bytes:
    """Return the file with one member changed, or without it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
            elif content is not None:
                new.writestr(member, content)
    return out.getvalue()


def test_a_version_comes_in_with_datasets_builds_and_history(version: ModelVersion) -> None:
    there = taken(exported(version))
    assert there.model.name == "elsewhere"
    assert (there.label, there.blob_id, there.state) == ("1.0", version.blob_id, "pending")
    assert there.class_names == version.class_names
    assert there.lineage["imported"]["version"] == version.public_id
    assert there.version_datasets.get().dataset.name == "first"
    assert Probe.objects.filter(version=there).exists()  # admission reads it as any other
    paths = set(there.origin.logged.files.values_list("path", flat=True))
    build = Build.objects.get()
    assert f"builds/cortex-m4f/{build.public_id}/provenance.intoto.json" in paths
    manifest = json.loads(blob_of(there, "manifest.json"))
    assert manifest["aliases"][0]["name"] == "production"
    assert manifest["builds"][0]["report"] == build.report
    assert {entry["action"] for entry in manifest["history"]} >= {"registry.version_add"}
    assert AuditEntry.objects.filter(action="registry.version_export").exists()


def blob_of(version: Any, path: str) -> bytes:
    return blobs.read(LoggedFile.objects.get(logged=version.origin.logged, path=path).blob_id)


def test_what_is_imported_is_never_installed(version: ModelVersion) -> None:
    assert not Build.objects.filter(version=taken(exported(version))).exists()


def test_the_manifest_travels_on_byte_by_byte(version: ModelVersion) -> None:
    data = exported(version)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert blob_of(taken(data), "manifest.json") == archive.read("manifest.json")


def test_a_file_of_strangers_leaves_nothing(version: ModelVersion) -> None:
    data = exported(version)
    stranger = PublicKey.from_ed25519("ab" * 32, "stranger")
    before = (ModelVersion.objects.count(), LoggedModel.objects.count(), Dataset.objects.count())
    with pytest.raises(Forbidden, match="No key that is trusted here"):
        taken(data, keys=[stranger])
    with pytest.raises(Forbidden):
        taken(data, keys=[])
    after = (ModelVersion.objects.count(), LoggedModel.objects.count(), Dataset.objects.count())
    assert after == before


def test_whatever_was_changed_is_refused(version: ModelVersion) -> None:
    data = exported(version)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read("manifest.json")
    cases = [
        changed(data, "manifest.json", text.replace(b'"label": "1.0"', b'"label": "9.0"')),
        changed(data, "manifest.json", None),
        changed(data, "signature.json", b"{}"),
        changed(data, "signature.json", b"nonsense"),
        changed(data, f"blobs/{version.blob_id}", None),
        changed(data, f"blobs/{version.blob_id}", factories.tflite_bytes(7)),
        data[: len(data) // 2],
        b"",
    ]
    for case in cases:
        with pytest.raises(FleetError):
            taken(case)
    assert not ModelVersion.objects.filter(model__name="elsewhere").exists()
    assert not LoggedModel.objects.exists()


def test_a_label_that_is_taken_stays_with_its_file(version: ModelVersion) -> None:
    data = exported(version)
    with pytest.raises(Conflict, match="exists already"):
        taken(data, name=None)
    assert not LoggedModel.objects.exists()


def test_the_commands_are_a_round_trip(version: ModelVersion, tmp_path: Path) -> None:
    file, keys = tmp_path / "digits.version", tmp_path / "keys.json"
    call_command("version_export", "digits:1.0", str(file))
    rows = personas.client("viewer").get("/api/v1/signing-keys/").json()
    keys.write_text(json.dumps(rows))
    call_command("version_import", str(file), "--keys", str(keys), "--model", "elsewhere")
    assert ModelVersion.objects.filter(model__name="elsewhere", blob=version.blob_id).exists()
    call_command("version_import", str(file), "--model", "again")  # signed by a key of our own
    keys.write_text("[]")
    with pytest.raises(CommandError, match="No key that is trusted"):
        call_command("version_import", str(file), "--keys", str(keys), "--model", "third")
    with pytest.raises(CommandError, match="has no version"):
        call_command("version_export", "digits:9.9", str(file))
