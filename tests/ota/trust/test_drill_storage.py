"""Somebody holds the storage: 0 installs, and afterwards the fleet goes on."""

import pytest
from django.core.management import call_command

from ota.models import TufMetadata
from ota.trust.signer import signing_request
from registry import blobs
from tests.agent_and_service import releases
from tests.agent_and_service.device import offer, state_of
from tests.ota.trust import drill

pytestmark = pytest.mark.django_db


def test_a_replaced_bundle_is_neither_served_nor_installed() -> None:
    device, first = drill.victim()
    second = releases.release("2.0")
    offer(device, second, "second")
    good = blobs.read(drill.sha256_of(second))
    drill.overwrite(drill.sha256_of(second), drill.EVIL)
    drill.visits(device)
    assert drill.runs(device) == drill.sha256_of(first)
    assert drill.EVIL_SHA256 not in drill.installed(device)
    drill.overwrite(drill.sha256_of(second), good)


def test_a_mirror_that_sends_other_bytes_installs_nothing() -> None:
    device, first = drill.victim()
    offer(device, releases.release("2.0"), "second")
    drill.bent(device).bend = lambda request, answer: (
        drill.EVIL if "softwaremodules" in request.url else None
    )
    drill.visits(device)
    assert drill.runs(device) == drill.sha256_of(first)
    assert drill.EVIL_SHA256 not in drill.installed(device)


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "model-digits"])
def test_altered_metadata_stops_updates_and_one_command_mends_it(role: str) -> None:
    device, first = drill.victim()
    second = releases.release("2.0")
    signing_request.release_listed(second)
    row = TufMetadata.objects.filter(role=role).latest("version")
    raw = blobs.read(row.blob_id)
    drill.overwrite(row.blob_id, raw.replace(b"expires", b"expirez"))
    assignment = offer(device, second, "second")
    drill.visits(device)
    # What a device has of the metadata it does not fetch again; nothing but the genuine gets in.
    assert drill.installed(device) <= {drill.sha256_of(first), drill.sha256_of(second)}
    call_command("keys", "repair")
    third = releases.release("3.0")
    again = offer(device, third, "third")
    drill.visits(device)
    assert "succeeded" in (state_of(assignment), state_of(again))
    assert drill.runs(device) in (drill.sha256_of(second), drill.sha256_of(third))
