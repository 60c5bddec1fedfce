"""Every message has exactly the committed bytes, and reads back as the object it was."""

import json
import os

import pytest

from device_agent.protocol import ddi, frame, instruction
from device_agent.protocol.delta.sequential import apply_patch
from tests.contract import examples
from tests.contract.examples import MESSAGES, WIRE

FORMS = examples.wire_forms()


@pytest.mark.parametrize("name", FORMS)
def test_what_is_written_is_what_was_committed(name: str) -> None:
    path = WIRE / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(FORMS[name])
    assert path.read_bytes() == FORMS[name], "run with UPDATE_GOLDEN=1 if the change is meant"


def test_nothing_is_committed_that_no_message_has() -> None:
    assert sorted(path.name for path in WIRE.iterdir()) == sorted(FORMS)


@pytest.mark.parametrize("name", MESSAGES)
def test_what_was_committed_is_read_back(name: str) -> None:
    committed = json.loads((WIRE / f"{name}.json").read_bytes())
    assert MESSAGES[name].parse(committed) == MESSAGES[name].value


@pytest.mark.parametrize("name", MESSAGES)
def test_members_of_a_newer_side_are_ignored(name: str) -> None:
    committed = json.loads((WIRE / f"{name}.json").read_bytes())
    newer = {**committed, "invented_later": [1, {"x": None}]}
    assert MESSAGES[name].parse(newer) == MESSAGES[name].value


def test_the_signed_documents_are_opened_by_their_keys() -> None:
    pair = instruction.open_pair(
        (WIRE / "signed-documents.json").read_bytes(),
        director=examples.keys_of(examples.DIRECTOR),
        artifacts=examples.keys_of(examples.BUILDER),
    )
    assert pair == instruction.SignedPair(examples.INSTRUCTION, examples.STATEMENT)


def test_the_frame_is_decoded_with_its_counts() -> None:
    decoded = frame.decode_frame((WIRE / "telemetry-frame.cbor").read_bytes())
    assert decoded == examples.FRAME
    total = examples.TELEMETRY_SCHEMA.layout.total
    assert frame.unpack_counts(decoded.blob, total) == examples.COUNTS


def test_the_bundle_is_read() -> None:
    contents = examples.load_bundle()
    assert contents.manifest == examples.MANIFEST
    assert contents.members == examples.FILES


def test_the_delta_makes_the_bundle_of_the_one_before() -> None:
    base, made = examples.BASE_BUNDLE, bytearray()
    with (WIRE / "delta.bin").open("rb") as patch:
        apply_patch(
            patch,
            lambda at, size: base[at : at + size],
            len(base),
            len(examples.BUNDLE),
            made.extend,
        )
    assert bytes(made) == examples.BUNDLE
    assert len(examples.DELTA) < len(examples.BUNDLE) / 10


def test_clients_that_know_no_deltas_find_what_they_did() -> None:
    committed = json.loads((WIRE / "deployment.json").read_bytes())
    artifact = committed["deployment"]["chunks"][0]["artifacts"][0]
    del artifact["deltas"]
    (without,) = ddi.parse_deployment(committed).chunks[0].artifacts
    assert (without.deltas, without.sha256) == ((), examples.SHA256)
