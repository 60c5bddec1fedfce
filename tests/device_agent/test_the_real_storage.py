"""The folder of files keeps the promises of the storage port, and names what fails."""

from pathlib import Path

import pytest

from device_agent.errors import StorageFull, StorageUnusable
from device_agent.storage import durable
from device_agent.storage.port import FileStorage
from tests.device_agent.simulators.storage import SimStorage

# One contract, held by the real storage and by the one that the crash sweep believes in.
STORAGES = ["real", "simulated"]


@pytest.fixture(params=STORAGES)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> FileStorage | SimStorage:
    return FileStorage(tmp_path / "state") if request.param == "real" else SimStorage()


def test_what_is_not_there_is_none_and_no_error(storage: FileStorage) -> None:
    assert storage.read("nothing", limit=10) is None
    assert storage.size("nothing") is None
    assert storage.names("nowhere") == []
    storage.remove("nothing")
    with pytest.raises(StorageUnusable):
        storage.open("nothing")
    with pytest.raises(StorageUnusable):
        storage.sync("nothing")


def test_bytes_are_appended_and_read_back(storage: FileStorage) -> None:
    storage.make_folder("f")
    storage.create("f/x")
    storage.append("f/x", b"abc")
    storage.append("f/x", b"def")
    storage.sync("f/x")
    assert storage.read("f/x", limit=100) == b"abcdef"
    assert storage.read("f/x", limit=2) == b"ab"
    assert storage.size("f/x") == 6
    with storage.open("f/x") as file:
        assert file.read(4) == b"abcd"


def test_creating_again_empties(storage: FileStorage) -> None:
    storage.append("x", b"old")
    storage.create("x")
    assert storage.read("x", limit=9) == b""


def test_a_rename_replaces(storage: FileStorage) -> None:
    storage.append("x", b"old")
    storage.append("y", b"new")
    storage.rename("y", "x")
    assert storage.read("x", limit=9) == b"new"
    assert storage.size("y") is None


def test_names_are_sorted(storage: FileStorage) -> None:
    storage.make_folder("f")
    for name in ("b", "a", "c"):
        storage.create(f"f/{name}")
    storage.sync_folder("f")
    assert storage.names("f") == ["a", "b", "c"]


def test_a_replaced_file_has_no_trace_of_how(storage: FileStorage) -> None:
    storage.make_folder("f")
    durable.replace(storage, "f/x", b"1")
    durable.replace(storage, "f/x", b"2")
    assert storage.names("f") == ["x"]
    durable.remove(storage, "f/x")
    assert storage.names("f") == []


def test_there_is_room(storage: FileStorage) -> None:
    assert storage.room_bytes() > 0


def test_files_are_for_the_agent_alone(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path / "state")
    storage.append("device.key", b"secret")
    assert (tmp_path / "state" / "device.key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0


def test_a_full_device_is_named(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path)
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(StorageFull, match="No space left"):
        storage.append("full", b"x")


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(StorageUnusable, match="state"):
        FileStorage(tmp_path / "state" / "deeper")
