"""Everything that the service needs is in a backup, and a fleet goes on with what comes back."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from fleet.access.models import AuditEntry
from ota.models import Epoch
from registry import blobs
from registry.models import Blob
from tests.agent_and_service import releases
from tests.agent_and_service.device import enrolled, offer, state_of, update
from tests.ota.backup import losses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEFLEET_BACKUP_PASSPHRASE", losses.PASSPHRASE)


def rows() -> dict[str, int]:
    skipped = {"ota_epoch", "access_auditentry", "django_content_type", "auth_permission"}
    models = [m for m in apps.get_models() if m._meta.db_table not in skipped]
    return {m._meta.db_table: m._default_manager.count() for m in models}


def test_a_fleet_goes_on_with_a_service_that_was_lost_altogether(
    tmp_path: Path, settings: Any
) -> None:
    device = enrolled()
    first = offer(device, releases.release("1.0"), "first")
    update(device.boot())
    assert state_of(first) == "succeeded"
    before, digests = rows(), set(Blob.objects.values_list("pk", flat=True))
    losses.backup(tmp_path / "kept", "--with-keys")
    losses.database()
    losses.folders(settings, tmp_path / "var")
    losses.restore(tmp_path / "kept", "--with-keys")
    assert rows() == before
    assert {blob for blob in digests if blobs.read(blob)} == digests
    assert Epoch.objects.get().number == 1
    assert AuditEntry.objects.filter(action="ota.epoch_begin").exists()
    call_command("audit_verify")
    second = offer(device, releases.release("2.0"), "second")
    update(device.boot())
    assert state_of(second) == "succeeded"
    assert device.row.running["version"] == "2.0"


def test_private_keys_are_sealed_or_named_as_left_out(tmp_path: Path) -> None:
    enrolled()
    losses.backup(tmp_path / "open")
    losses.backup(tmp_path / "sealed", "--with-keys")
    for place in ("open", "sealed"):
        files = [p for p in (tmp_path / place).rglob("*") if p.is_file()]
        assert [p for p in files if b"PRIVATE KEY" in p.read_bytes()] == []
    left_out = json.loads((tmp_path / "open" / "manifest.json").read_text())["left_out"]
    assert [each for each in left_out if "director.pem" in each]
    assert (tmp_path / "sealed" / "keys.sealed").exists()


def test_a_key_that_lies_elsewhere_is_named(tmp_path: Path, settings: Any) -> None:
    enrolled()
    settings.EDGEFLEET_SIGNING_KEYS = {"firmware": "hsm:?label=firmware"}
    losses.backup(tmp_path / "kept")
    left_out = json.loads((tmp_path / "kept" / "manifest.json").read_text())["left_out"]
    assert "hsm:?label=firmware: it stays where it is" in left_out


def test_a_backup_can_be_verified_without_changing_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enrolled()
    losses.backup(tmp_path / "kept")
    before = rows()
    call_command("restore", str(tmp_path / "kept"), "--verify")
    assert "The backup is whole." in capsys.readouterr().out
    assert rows() == before
    assert not Epoch.objects.exists()


def test_a_folder_of_keys_that_is_elsewhere_is_named(tmp_path: Path, settings: Any) -> None:
    enrolled()
    settings.EDGEFLEET_KEY_DIR = tmp_path / "not mounted"
    losses.backup(tmp_path / "kept")
    left_out = json.loads((tmp_path / "kept" / "manifest.json").read_text())["left_out"]
    assert len(left_out) == 1
    assert f"There is no key book in {tmp_path}/not mounted" in left_out[0]


def test_a_backup_of_before_is_migrated(tmp_path: Path) -> None:
    device = enrolled()
    first = offer(device, releases.release("1.0"), "first")
    update(device.boot())
    call_command("migrate", "ota", "0006", verbosity=0)
    losses.backup(tmp_path / "kept")
    call_command("migrate", verbosity=0)
    losses.database()
    losses.restore(tmp_path / "kept", "--keep-keys")
    assert Epoch.objects.get().number == 1
    assert state_of(first) == "succeeded"
    second = offer(device, releases.release("2.0"), "second")
    update(device.boot())
    assert state_of(second) == "succeeded"
