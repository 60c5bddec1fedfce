"""The lookup in its child process, against a TUF repository on a real socket."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from device_agent.errors import ServiceUnreachable, StorageUnusable, Unverified
from device_agent.storage.port import FileStorage
from device_agent.update.repository import EMBEDDED, FOLDER, ChildRepository, TargetInfo
from tests.device_agent.simulators.repository import SimRepository, serving

PATH = "digits/1.0/linux-x86_64/digits.bundle"
CUSTOM = {
    "counter": 4,
    "target": "linux-x86_64",
    "abi": "ef1",
    "kind": "bundle",
    "model": "digits",
    "version": "1.0",
    "release": "rel_1",
}
DAY = 86_400


class Rig:
    def __init__(self, folder: Path, repository: SimRepository, url: str) -> None:
        self.repository, self.url = repository, url
        self.root = repository.files["/metadata/1.root.json"]
        self.storage = FileStorage(folder)
        self.child = ChildRepository(self.storage)
        self.describe_target(CUSTOM)

    def describe_target(self, custom: Any) -> None:
        self.repository.add(PATH, b"the bundle")
        target = self.repository.delegate.targets[PATH]
        target.unrecognized_fields["custom"] = custom
        self.repository.publish()

    def ask(self, *, path: str = PATH, now: float | None = None) -> TargetInfo:
        moment = time.time() if now is None else now
        found = self.child.look_up(self.url, path, root=self.root, now=moment).artifact
        assert found is not None
        return found


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    repository = SimRepository(paths=["digits/*/*/*"])
    with serving(repository) as url:
        yield Rig(tmp_path / "state", repository, url)


def test_what_is_signed_comes_back(rig: Rig) -> None:
    found = rig.ask()
    assert (found.length, found.counter, found.version) == (10, 4, "1.0")
    assert found.sha256 == rig.repository.delegate.targets[PATH].hashes["sha256"]


def test_what_nobody_signs_is_not_to_be_trusted(rig: Rig) -> None:
    with pytest.raises(Unverified, match="No role signs"):
        rig.ask(path="digits/9.9/linux-x86_64/digits.bundle")


def test_metadata_of_a_stranger_is_not_to_be_trusted(rig: Rig) -> None:
    rig.repository.signers["timestamp"] = rig.repository.signers["digits"]
    rig.repository.publish()
    with pytest.raises(Unverified):
        rig.ask()


def test_a_repository_of_another_root_is_not_to_be_trusted(rig: Rig) -> None:
    rig.root = SimRepository().files["/metadata/1.root.json"]
    with pytest.raises(Unverified):
        rig.ask()


@pytest.mark.parametrize("custom", [None, {}, {**CUSTOM, "counter": -1}, {**CUSTOM, "abi": 7}])
def test_a_target_without_its_claims_is_described_badly(rig: Rig, custom: object) -> None:
    rig.describe_target(custom)
    with pytest.raises(Unverified, match="describes the artifact badly"):
        rig.ask()


def test_a_repository_that_is_away_is_asked_again_later(rig: Rig) -> None:
    rig.url = "http://127.0.0.1:9"
    with pytest.raises(ServiceUnreachable):
        rig.ask()


def test_the_time_to_judge_by_is_the_callers(rig: Rig) -> None:
    rig.repository.timestamp.expires -= timedelta(days=60)
    rig.repository.publish()
    with pytest.raises(Unverified, match="Expired"):
        rig.ask()
    assert rig.ask(now=time.time() - 90 * DAY).counter == 4


def test_an_embedded_root_that_was_lost_or_changed_is_put_back(rig: Rig) -> None:
    rig.ask()
    embedded = rig.storage.root / FOLDER / EMBEDDED
    embedded.write_bytes(b"{}")
    assert rig.ask().counter == 4
    assert embedded.read_bytes() == rig.root


def test_a_medium_that_cannot_keep_the_metadata_is_named(rig: Rig) -> None:
    (rig.storage.root / FOLDER).mkdir(parents=True)
    (rig.storage.root / FOLDER / "root_history").write_text("in the way")
    with pytest.raises(StorageUnusable):
        rig.ask()
