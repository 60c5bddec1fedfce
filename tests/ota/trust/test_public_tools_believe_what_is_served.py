"""Over real HTTP, python-tuf's client and securesystemslib's DSSE verifier believe the service."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_django.live_server_helper import LiveServer
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import Key, SSlibKey
from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher

from device_agent.protocol import keyset
from device_agent.protocol.instruction import ARTIFACT_TYPE, INSTRUCTION_TYPE
from ota import services
from tests.ota import makers
from tests.ota.trust import world
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db(transaction=True)


def keys(folder: Path, base: str) -> keyset.KeySet:
    """Whom to trust, learned by python-tuf's client from the root alone."""
    data = world.fetched(folder, keyset.PATH, base=base, fetcher=Urllib3Fetcher())
    assert data is not None
    return keyset.parse_key_set(json.loads(data))


def library_keys(named: Any) -> list[Key]:
    return [
        SSlibKey(keyid, "ed25519", "ed25519", {"public": public}) for keyid, public in named.items()
    ]


def test_instruction_and_artifact_verify_by_keys_that_the_repository_names(
    tmp_path: Path, live_server: LiveServer
) -> None:
    release = world.listed()
    (device,) = makers.devices(1)
    rollout = makers.rollout(release, makers.group([device]))
    services.rollout_tick(rollout.pk)
    trusted = keys(tmp_path / "c", f"{live_server.url}/tuf/")
    row = rollout.assignments.get()
    client = caller(device)
    headers = {"Authorization": client.defaults["HTTP_AUTHORIZATION"]}
    path = f"{makers.base(device)}/instruction/{row.pk}"
    documents = httpx.get(f"{live_server.url}{path}", headers=headers).json()
    told, made = (Envelope.from_dict(documents[name]) for name in ("instruction", "artifact"))
    assert (told.payload_type, made.payload_type) == (INSTRUCTION_TYPE, ARTIFACT_TYPE)
    assert told.verify(library_keys(trusted.director), 1)
    assert made.verify(library_keys(trusted.artifacts), 1)
    with pytest.raises(VerificationError):
        told.verify(library_keys(trusted.artifacts), 1)
    assert json.loads(told.payload)["artifact"]["sha256"] == json.loads(made.payload)["sha256"]


def test_the_file_itself_comes_with_its_signed_length_and_digest(
    tmp_path: Path, live_server: LiveServer
) -> None:
    release = world.listed()
    base, fetcher = f"{live_server.url}/tuf/", Urllib3Fetcher()
    got = world.fetched(tmp_path / "c", world.path(release), base=base, fetcher=fetcher)
    assert world.is_genuine(got, release)
