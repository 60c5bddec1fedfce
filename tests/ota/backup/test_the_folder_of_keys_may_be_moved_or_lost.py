"""A folder of keys at another path signs on; one that is lost is never replaced in silence."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from builds.signing import file_signer
from fleet.settings.files import storage
from ota.models import TufMetadata
from ota.trust.signer import repository
from registry import blobs
from tests.agent_and_service import releases
from tests.agent_and_service.device import enrolled, offer, state_of, update
from tests.ota.backup import by_hand, losses

pytestmark = pytest.mark.django_db(transaction=True)


def moved(settings: Any, to: Path) -> None:
    shutil.move(settings.VAR_DIR, to)
    settings.VAR_DIR, settings.EDGEFLEET_KEY_DIR = to, to / "keys"
    settings.STORAGES = settings.STORAGES | {"blobs": storage(f"file://{to}/blobs")}


def status(capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    call_command("keys", "status")
    return capsys.readouterr().out


def test_a_service_at_another_path_signs_on(tmp_path: Path, settings: Any) -> None:
    device = enrolled()
    moved(settings, tmp_path / "elsewhere")
    assignment = offer(device, releases.release("1.0"), "first")
    update(device.boot())
    assert state_of(assignment) == "succeeded"
    assert by_hand.readyz() == {"status": "ok"}


@pytest.mark.parametrize("name", ["director.pem", "tuf/timestamp.pem"])
def test_a_key_that_is_not_at_hand_is_said(
    settings: Any, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    enrolled()
    path = settings.EDGEFLEET_KEY_DIR / name
    kept = path.read_bytes()
    path.unlink()
    told = by_hand.readyz()
    assert told["status"] == "needs attention"
    assert f"{path} cannot be read" in told["troubles"][0]
    assert f"{path} cannot be read" in status(capsys)
    repository.repository_maintain()
    settings.EDGEFLEET_PRODUCTION = True  # a web process sees what the signer has noted
    assert f"{path} cannot be read" in by_hand.readyz()["troubles"][0]
    settings.EDGEFLEET_PRODUCTION = False
    path.write_bytes(kept)
    path.chmod(0o600)
    repository.repository_maintain()
    assert by_hand.readyz() == {"status": "ok"}


def roots() -> list[tuple[int, str]]:
    return list(TufMetadata.objects.filter(role="root").values_list("version", "blob_id"))


def test_a_first_root_is_never_made_a_second_time(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    enrolled()
    before = roots()
    shutil.rmtree(settings.EDGEFLEET_KEY_DIR)
    for command in (("keys", "repair"), ("keys", "init")):
        with pytest.raises(CommandError, match="which they never follow"):
            call_command(*command)
    with pytest.raises(Exception, match="which they never follow"):
        repository.repository_maintain()
    assert roots() == before
    assert not list(Path(settings.EDGEFLEET_KEY_DIR).rglob("*.pem"))
    assert "which they never follow" in by_hand.readyz()["troubles"][0]
    assert "restore PLACE" in status(capsys)


def test_the_folder_of_keys_comes_back_below_a_database_that_was_kept(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEFLEET_BACKUP_PASSPHRASE", losses.PASSPHRASE)
    device = enrolled()
    losses.backup(tmp_path / "kept", "--with-keys")
    offer(device, releases.release("1.0"), "first")
    update(device.boot())
    shutil.rmtree(settings.EDGEFLEET_KEY_DIR)
    losses.restore(tmp_path / "kept", "--only-files", "--with-keys")
    call_command("keys", "repair")
    assert by_hand.readyz() == {"status": "ok"}
    assignment = offer(device, releases.release("2.0"), "second")
    update(device.boot())
    assert state_of(assignment) == "succeeded"


def test_a_root_that_is_newer_than_the_restored_book_is_taken_up(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEFLEET_BACKUP_PASSPHRASE", losses.PASSPHRASE)
    device = enrolled()
    losses.backup(tmp_path / "kept", "--with-keys")
    call_command("keys", "rotate", "snapshot")
    snapshot = settings.EDGEFLEET_KEY_DIR / "tuf" / "snapshot-1.pem"
    shutil.copy(snapshot, tmp_path / "snapshot-1.pem")
    before = roots()
    assert len(before) == 2
    shutil.rmtree(settings.EDGEFLEET_KEY_DIR)
    losses.restore(tmp_path / "kept", "--only-files", "--with-keys")
    call_command("keys", "repair")
    assert set(before) <= set(roots()), "no root that devices may have was taken out"
    assert [version for version, _ in sorted(roots())][:2] == [1, 2]
    assignment = offer(device, releases.release("1.0"), "first")
    update(device.boot())
    assert state_of(assignment) == "succeeded"


def test_keys_that_are_lost_for_good_are_made_anew_only_when_told_so(settings: Any) -> None:
    enrolled()
    before = roots()
    shutil.rmtree(settings.EDGEFLEET_KEY_DIR)
    call_command("keys", "init", "--anew")
    assert roots() != before
    assert [version for version, _ in roots()] == [1]
    assert blobs.read(roots()[0][1])


def test_a_persons_key_on_a_medium_that_is_away_is_no_trouble(tmp_path: Path) -> None:
    key = tmp_path / "stick" / "root.pem"
    assert file_signer.create(key)
    call_command("keys", "init", "--key", f"root=file:{key}")
    key.unlink()
    assert by_hand.readyz() == {"status": "ok"}
