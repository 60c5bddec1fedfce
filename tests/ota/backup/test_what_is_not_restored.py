"""A restore refuses what it cannot bring back whole, and a place where somebody is at home."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from fleet.devices.models import Device
from tests.agent_and_service.device import enrolled
from tests.ota.backup import losses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    enrolled()
    losses.backup(tmp_path / "kept")
    return tmp_path / "kept"


def a_blob(kept: Path) -> Path:
    return next(path for path in (kept / "blobs").rglob("*") if path.is_file())


def changed(kept: Path, **members: Any) -> None:
    path = kept / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | members))


def longer(path: Path) -> None:
    path.chmod(0o640)  # blobs are read-only for their owner, too
    path.write_bytes(path.read_bytes() + b"?")


def fewer_rows(kept: Path) -> None:
    tables = json.loads((kept / "manifest.json").read_text())["tables"]
    changed(kept, tables=tables | {"devices_device": {"rows": 7, "columns": []}})


DAMAGE: dict[str, tuple[Callable[[Path], Any], str]] = {
    "half": (lambda kept: (kept / "manifest.json").unlink(), "not a complete backup"),
    "not JSON": (lambda kept: (kept / "manifest.json").write_text("{"), "damaged"),
    "a list": (lambda kept: (kept / "manifest.json").write_text("[]"), "damaged"),
    "a path that leads out": (
        lambda kept: changed(
            kept, files={"../../etc/passwd": {"sha256": "0" * 64, "size_bytes": 1}}
        ),
        "damaged",
    ),
    "another format": (lambda kept: changed(kept, format=2), "this EdgeFleet reads 1"),
    "a blob is missing": (lambda kept: a_blob(kept).unlink(), "cannot be read"),
    "a blob is altered": (lambda kept: longer(a_blob(kept)), "is damaged"),
    "the book is altered": (lambda kept: longer(kept / "keys/tuf/keybook.json"), "is damaged"),
    "rows are missing": (fewer_rows, "devices_device has 1 rows in the copy, and 7"),
    "newer": (
        lambda kept: changed(kept, migrations=["ota.0999_tomorrow"]),
        "made by a newer EdgeFleet",
    ),
    "of another database": (lambda kept: changed(kept, database="oracle"), "its own kind"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_backup_that_is_not_whole_is_refused(kept: Path, name: str) -> None:
    damage, said = DAMAGE[name]
    damage(kept)
    losses.database()
    shutil.rmtree(kept.parent / "var")
    with pytest.raises(CommandError, match=said):
        losses.restore(kept)
    assert not (kept.parent / "var" / "keys").exists()


def test_a_database_in_use_stays_as_it_is(kept: Path) -> None:
    with pytest.raises(CommandError, match="The database is not empty"):
        losses.restore(kept)
    assert Device.objects.count() == 1


def test_other_keys_are_not_written_over(kept: Path, settings: Any) -> None:
    losses.database()
    book = settings.EDGEFLEET_KEY_DIR / "tuf" / "keybook.json"
    book.write_text("{}")
    with pytest.raises(CommandError, match="is there already"):
        losses.restore(kept)
    losses.restore(kept, "--keep-keys")
    assert (book.read_text(), Device.objects.count()) == ("{}", 1)


def test_it_asks_first(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses.database()
    shutil.rmtree(kept.parent / "var")
    monkeypatch.setattr("builtins.input", lambda _: "no")
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("restore", str(kept))
    assert not (kept.parent / "var" / "keys").exists()


def test_another_passphrase_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enrolled()
    monkeypatch.setenv("EDGEFLEET_BACKUP_PASSPHRASE", losses.PASSPHRASE)
    losses.backup(tmp_path / "kept", "--with-keys")
    losses.database()
    shutil.rmtree(tmp_path / "var")
    monkeypatch.setenv("EDGEFLEET_BACKUP_PASSPHRASE", "another passphrase")
    with pytest.raises(CommandError, match="does not open"):
        losses.restore(tmp_path / "kept", "--with-keys")


def test_a_backup_is_never_written_over(kept: Path) -> None:
    before = (kept / "manifest.json").read_bytes()
    with pytest.raises(CommandError, match="is not empty"):
        losses.backup(kept)
    assert (kept / "manifest.json").read_bytes() == before


def test_a_damaged_blob_leaves_no_backup(tmp_path: Path, kept: Path) -> None:
    longer(a_blob(tmp_path / "var"))
    with pytest.raises(CommandError, match="is damaged in storage"):
        losses.backup(tmp_path / "second")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "var"]
