"""A chip's secret is made or taken over by an operator, shown once, and kept sealed."""

from typing import Any

import pytest

from fleet.access.models import AuditEntry
from fleet.devices.keys.chip_secret import chip_secret_of
from fleet.devices.models import ChipSecret, Device
from tests.fleet.devices.factories import device
from tests.personas import client

pytestmark = pytest.mark.django_db

OURS = "ab" * 32


@pytest.fixture
def chip() -> Device:
    row = device()
    Device.objects.filter(pk=row.pk).update(hardware_id="01" * 8)
    row.refresh_from_db()
    return row


def post(who: str, row: Device, body: dict[str, Any] | None = None) -> Any:
    path = f"/api/v1/devices/{row.public_id}/chip-secret/"
    return client(who).post(path, body or {}, format="json")


def test_one_is_made_and_shown_once(chip: Device) -> None:
    answer = post("operator", chip)
    assert (answer.status_code, answer.data["hardware_id"]) == (201, "01" * 8)
    assert chip_secret_of(chip) == bytes.fromhex(answer.data["secret"])
    row = ChipSecret.objects.get()
    assert answer.data["secret"] not in row.sealed
    shown = client("operator").get(f"/api/v1/devices/{chip.public_id}/")
    assert answer.data["secret"] not in str(shown.data)
    assert "secret" not in AuditEntry.objects.filter(action="devices.chip_secret").get().detail


def test_one_that_the_maker_wrote_is_taken_over_in_the_place_of_the_one_before(
    chip: Device,
) -> None:
    post("operator", chip)
    assert post("operator", chip, {"secret": OURS}).status_code == 201
    assert chip_secret_of(chip) == bytes.fromhex(OURS)
    assert ChipSecret.objects.count() == 1


@pytest.mark.parametrize("secret", ["00" * 32, "zz" * 32, "ab", "ab" * 33])
def test_what_is_no_secret_is_refused(chip: Device, secret: str) -> None:
    assert post("operator", chip, {"secret": secret}).status_code == 400
    assert not ChipSecret.objects.exists()


def test_unknown_members_are_refused(chip: Device) -> None:
    assert post("operator", chip, {"secrets": OURS}).status_code == 400


def test_a_device_that_is_no_chip_has_none() -> None:
    answer = post("operator", device())
    assert (answer.status_code, answer.json()["code"]) == (409, "no_chip")


@pytest.mark.parametrize("who", ["viewer", "engineer", "stranger", "anonymous"])
def test_others_make_none(chip: Device, who: str) -> None:
    assert post(who, chip).status_code in {401, 403}
    assert not ChipSecret.objects.exists()
