"""Each build says how it was made, and securesystemslib's own verifier believes it."""

import json
from typing import Any

import pytest
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError

from builds import keyring
from builds.models import Build
from builds.pipeline.provenance import FILENAME, PAYLOAD_TYPE, PREDICATE, STATEMENT
from registry import blobs
from tests.builds import makers

pytestmark = pytest.mark.django_db


def built() -> Build:
    build = makers.request(makers.version(), "linux-x86_64")
    makers.run(build)
    build.refresh_from_db()
    return build


def document(build: Build) -> dict[str, Any]:
    row = build.artifacts.get(filename=FILENAME)
    found: dict[str, Any] = json.loads(blobs.read(row.blob_id))
    return found


def keys_of(role: str) -> list[Any]:
    return [key.key for key in keyring.verifying_keys(role)]


def test_the_envelope_verifies_with_the_builders_key_alone() -> None:
    envelope = Envelope.from_dict(document(built()))
    assert envelope.payload_type == PAYLOAD_TYPE
    assert envelope.verify(keys_of("builder"), 1)
    with pytest.raises(VerificationError):
        envelope.verify(keys_of("artifacts"), 1)


def test_the_statement_names_every_other_file_by_its_digest() -> None:
    build = built()
    said = json.loads(Envelope.from_dict(document(build)).payload)
    assert (said["_type"], said["predicateType"]) == (STATEMENT, PREDICATE)
    subjects = {each["name"]: each["digest"]["sha256"] for each in said["subject"]}
    files = dict(build.artifacts.exclude(filename=FILENAME).values_list("filename", "sha256"))
    assert subjects == files
    assert "report.json" in files


def test_the_predicate_names_what_it_was_built_from() -> None:
    build = built()
    predicate = json.loads(Envelope.from_dict(document(build)).payload)["predicate"]
    parameters = predicate["buildDefinition"]["externalParameters"]
    assert parameters["target"] == "linux-x86_64"
    used = {each["name"] for each in predicate["buildDefinition"]["resolvedDependencies"]}
    assert {"model", "int8 model"} <= used
    assert predicate["runDetails"]["metadata"]["invocationId"] == build.public_id


def test_one_changed_byte_is_refused() -> None:
    found = document(built())
    changed = json.dumps(found).replace(found["payload"][:8], found["payload"][:7] + "A", 1)
    envelope = Envelope.from_dict(json.loads(changed))
    with pytest.raises(VerificationError):
        envelope.verify(keys_of("builder"), 1)
