"""A backup in S3 is as whole as one in a folder: its manifest comes last, and it is read back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from fleet.devices.models import Device
from ota.backup import places
from tests.agent_and_service.device import enrolled
from tests.ota.backup import losses
from tests.servers.store import BUCKET, CREDENTIALS, REGION, Store, s3

pytestmark = [
    pytest.mark.server,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("servers"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Store]:
    with s3() as running:
        yield running


@pytest.fixture(autouse=True)
def store(server: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    server.bucket.objects.all().delete()
    return server


def address(store: Store) -> str:
    return f"s3://{BUCKET}/backups/monday?endpoint_url={store.endpoint}&region_name={REGION}"


def test_it_comes_back(store: Store, tmp_path: Path, settings: Any) -> None:
    enrolled()
    losses.backup(address(store))
    assert "backups/monday/manifest.json" in names(store)
    losses.database()
    losses.folders(settings, tmp_path / "elsewhere")
    losses.restore(address(store))
    assert Device.objects.count() == 1


def names(store: Store) -> list[str]:
    return store.keys()


class Cut(Exception):
    """The upload ends here."""


def test_one_that_was_cut_off_is_none_and_the_next_one_may_take_its_place(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled()
    with monkeypatch.context() as patched:
        patched.setattr(places, "measured", _after(6))
        with pytest.raises(Cut):
            losses.backup(address(store))
    assert names(store)
    losses.database()
    with pytest.raises(CommandError, match="not a complete backup"):
        losses.restore(address(store))
    enrolled_again = Device.objects.count()
    losses.backup(address(store))
    losses.restore(address(store), "--verify")
    assert enrolled_again == 0


def _after(calls: int) -> Any:
    measured, left = places.measured, [calls]

    def cut(file: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            raise Cut
        return measured(file)

    return cut


def test_an_altered_object_is_found(store: Store) -> None:
    enrolled()
    losses.backup(address(store))
    name = next(key for key in names(store) if "/blobs/" in key)
    store.bucket.put_object(Key=name, Body=b"?")
    with pytest.raises(CommandError, match="is damaged"):
        losses.restore(address(store), "--verify")


def test_one_that_is_there_is_not_written_over(store: Store) -> None:
    enrolled()
    losses.backup(address(store))
    with pytest.raises(CommandError, match="There is a backup"):
        losses.backup(address(store))


def test_a_store_that_is_away_is_said(store: Store) -> None:
    enrolled()
    other = address(store).replace(f"//{BUCKET}/", "//nobodys/")
    with pytest.raises(CommandError, match="blob store"):
        losses.backup(other)
