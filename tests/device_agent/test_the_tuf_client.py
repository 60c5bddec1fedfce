"""The TUF client: verifies, refuses, catches up with roots, and begins again after any loss."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tuf.ngclient import Updater

from device_agent import tuf_client
from device_agent.storage.port import FileStorage
from device_agent.tuf_client import DurableUpdater, main
from device_agent.update.repository import EMBEDDED
from tests.device_agent.simulators.repository import SimRepository, serving


class Client:
    def __init__(self, folder: Path, url: str) -> None:
        self.metadata, self.targets = folder / "metadata", folder / "targets"
        self.targets.mkdir(parents=True)
        self.url = url

    def init(self, root: bytes) -> int:
        trusted = self.targets.parent / "trusted.json"
        trusted.write_bytes(root)
        return main(["--metadata-dir", str(self.metadata), "init", str(trusted)])

    def refresh(self) -> int:
        return main([*self._where(), "refresh"])

    def download(self, *names: str) -> int:
        wanted = [word for name in names for word in ("--target-name", name)]
        base = ["--target-dir", str(self.targets), "--target-base-url", f"{self.url}/targets"]
        return main([*self._where(), *wanted, *base, "download"])

    def version(self, role: str) -> int:
        data = json.loads((self.metadata / f"{role}.json").read_bytes())
        return int(data["signed"]["version"])

    def _where(self) -> list[str]:
        return ["--metadata-url", f"{self.url}/metadata", "--metadata-dir", str(self.metadata)]


@pytest.fixture
def repository() -> SimRepository:
    return SimRepository()


@pytest.fixture
def client(repository: SimRepository, memory_path: Path) -> Iterator[Client]:
    with serving(repository) as url:
        made = Client(memory_path, url)
        assert made.init(repository.files["/metadata/1.root.json"]) == 0
        yield made


def test_a_refresh_leaves_the_four_roles_byte_for_byte(
    repository: SimRepository, client: Client
) -> None:
    assert client.refresh() == 0
    stored = (client.metadata / "timestamp.json").read_bytes()
    assert stored == repository.files["/metadata/timestamp.json"]
    for role in ("root", "timestamp", "snapshot", "targets"):
        assert client.version(role) >= 1


def test_a_target_of_a_delegated_role_is_fetched_once(
    repository: SimRepository, client: Client
) -> None:
    repository.add("digits/model.bundle", b"bytes of a bundle")
    assert client.download("digits/model.bundle") == 0
    assert (client.targets / "digits%2Fmodel.bundle").read_bytes() == b"bytes of a bundle"
    repository.asked.clear()
    assert client.download("digits/model.bundle") == 0
    assert not [path for path in repository.asked if path.startswith("/targets")]


def test_a_changed_target_keeps_its_name(repository: SimRepository, client: Client) -> None:
    for data in (b"first", b"second"):
        repository.add("digits/model.bundle", data)
        assert client.download("digits/model.bundle") == 0
        assert (client.targets / "digits%2Fmodel.bundle").read_bytes() == data
    assert len(list(client.targets.iterdir())) == 1


def test_a_target_named_like_an_unfinished_download_is_left_alone(
    repository: SimRepository, client: Client
) -> None:
    names = ("digits/m.new", "digits/m")
    for name in names:
        repository.add(name, name.encode())
    assert client.download(*names) == 0
    stored = sorted(path.name for path in client.targets.iterdir())
    assert stored == ["digits%2Fm", "digits%2Fm.new"]


def test_a_target_that_nobody_signs_is_refused(repository: SimRepository, client: Client) -> None:
    repository.files["/targets/digits/x"] = b"unsigned"
    assert client.download("digits/x") == 1


def test_swapped_bytes_are_refused(repository: SimRepository, client: Client) -> None:
    repository.add("digits/model.bundle", b"good bytes")
    path = next(path for path in repository.files if path.endswith("model.bundle"))
    repository.files[path] = b"evil bytes"
    assert client.download("digits/model.bundle") == 1
    assert list(client.targets.iterdir()) == []


@pytest.mark.parametrize("role", ["root", "timestamp", "snapshot", "targets"])
def test_rotated_keys_are_followed(repository: SimRepository, client: Client, role: str) -> None:
    assert client.refresh() == 0
    repository.rotate(role)
    assert client.refresh() == 0
    assert client.version("root") == 2


@pytest.mark.parametrize("rotations", [2, 40, 255])
def test_a_device_that_slept_catches_up_with_every_root(
    repository: SimRepository, client: Client, rotations: int
) -> None:
    for _ in range(rotations):
        repository.rotate("root")
    assert client.refresh() == 0
    assert client.version("root") == rotations + 1


def test_more_roots_than_are_caught_up_with_at_once_take_two_refreshes(
    repository: SimRepository, client: Client
) -> None:
    for _ in range(tuf_client.ROTATIONS_LIMIT + 1):
        repository.rotate("root")
    assert client.refresh() == 0
    assert client.version("root") == tuf_client.ROTATIONS_LIMIT + 1
    assert client.refresh() == 0
    assert client.version("root") == tuf_client.ROTATIONS_LIMIT + 2


def test_a_root_that_the_old_key_did_not_sign_is_refused(
    repository: SimRepository, client: Client
) -> None:
    repository.rotate("root")
    repository.publish_root()  # again, without the signature of the old key
    assert client.refresh() == 1
    assert client.version("root") == 1


def test_an_older_timestamp_is_refused(repository: SimRepository, client: Client) -> None:
    old = repository.files["/metadata/timestamp.json"]
    repository.publish()
    assert client.refresh() == 0
    repository.files["/metadata/timestamp.json"] = old
    before = client.version("timestamp")
    assert client.refresh() == 1
    assert client.version("timestamp") == before


def test_an_expired_timestamp_is_refused(repository: SimRepository, client: Client) -> None:
    repository.timestamp.expires -= timedelta(days=60)
    repository.publish()
    assert client.refresh() == 1


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_a_strangers_signature_is_refused(
    repository: SimRepository, client: Client, role: str
) -> None:
    repository.signers[role] = repository.signers["digits"]
    repository.snapshot.version += 1
    repository.targets.version += 1
    repository.publish()
    assert client.refresh() == 1


@pytest.mark.parametrize(
    "lost",
    ["root.json", "root_history/1.root.json", "timestamp.json", "snapshot.json", "targets.json"],
)
@pytest.mark.parametrize(
    "content", [None, b"", b"{", b"\0" * 100], ids=["gone", "empty", "cut", "zeros"]
)
def test_any_stored_file_may_be_lost_or_rotten(
    repository: SimRepository, client: Client, lost: str, content: bytes | None
) -> None:
    repository.rotate("root")
    repository.add("digits/model.bundle", b"bytes")
    assert client.download("digits/model.bundle") == 0
    path = client.metadata / lost
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    assert client.download("digits/model.bundle") == 0
    assert client.version("root") == 2


def test_without_init_nothing_is_trusted(repository: SimRepository, tmp_path: Path) -> None:
    with serving(repository) as url:
        assert Client(tmp_path, url).refresh() == 1


@pytest.mark.parametrize("root", [b"", b"{}", b'{"signed": {}, "signatures": []}'])
def test_a_root_that_is_none_is_not_embedded(
    repository: SimRepository, tmp_path: Path, root: bytes
) -> None:
    client = Client(tmp_path, "http://127.0.0.1:9")
    assert client.init(root) == 1
    assert not (client.metadata / EMBEDDED).exists()


def test_no_service_is_an_orderly_failure(repository: SimRepository, tmp_path: Path) -> None:
    client = Client(tmp_path, "http://127.0.0.1:9")
    assert client.init(repository.files["/metadata/1.root.json"]) == 0
    assert client.refresh() == 1


@pytest.mark.parametrize("rotations", [0, 2])
def test_an_unchanged_repository_writes_nothing(
    repository: SimRepository, client: Client, monkeypatch: pytest.MonkeyPatch, rotations: int
) -> None:
    for _ in range(rotations):
        repository.rotate("root")
    assert client.refresh() == 0
    writes: list[str] = []
    monkeypatch.setattr(FileStorage, "append", lambda self, path, data: writes.append(path))
    assert client.refresh() == 0
    assert writes == []


def test_what_is_overridden_still_exists_in_the_library() -> None:
    for name in ("_persist_file", "_persist_root", "_update_root_symlink"):
        assert getattr(Updater, name) is not getattr(DurableUpdater, name)
