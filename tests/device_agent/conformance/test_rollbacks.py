"""A version never goes down, unless the root has taken the keys away that made it go up."""

import pytest
from tuf.api.metadata import MetaFile

from tests.device_agent.simulators.tuf_commands import TufClient
from tests.device_agent.simulators.tuf_history import TufHistory

HASHES = pytest.mark.parametrize("with_hashes", [False, True], ids=["versions", "digests"])


def test_an_older_timestamp_is_refused(repository: TufHistory, client: TufClient) -> None:
    repository.publish("timestamp")
    assert client.refresh() == 0
    repository.begin_again("timestamp")
    repository.publish("timestamp")
    assert client.refresh() == 1
    assert client.version("timestamp") == 2
    assert repository.asked[-1] == ("timestamp", None)


def test_a_snapshot_that_the_timestamp_does_not_name_is_not_asked_for(
    repository: TufHistory, client: TufClient
) -> None:
    repository.publish("snapshot", "timestamp")
    assert client.refresh() == 0
    repository.publish("snapshot")
    assert client.refresh() == 0
    assert client.version("snapshot") == 2
    assert repository.asked[-1] == ("timestamp", None)


def test_the_snapshot_that_the_timestamp_names_is_the_one(
    repository: TufHistory, client: TufClient
) -> None:
    repository.publish("snapshot")
    repository.timestamp.snapshot_meta = MetaFile(1)
    repository.publish("root", "timestamp")
    assert client.refresh() == 0
    assert client.trusted() == {"root": 2, "snapshot": 1, "targets": 1, "timestamp": 2}


@HASHES
def test_an_older_snapshot_is_refused(
    repository: TufHistory, client: TufClient, with_hashes: bool
) -> None:
    repository.with_hashes = with_hashes
    repository.publish("snapshot", "timestamp")
    assert client.refresh() == 0
    repository.begin_again("snapshot")
    repository.publish("snapshot", "timestamp")
    assert client.refresh() == 1
    assert (client.version("timestamp"), client.version("snapshot")) == (2, 2)
    assert repository.asked[-1] == ("timestamp", None)


@HASHES
def test_older_targets_are_refused(
    repository: TufHistory, client: TufClient, with_hashes: bool
) -> None:
    repository.with_hashes = with_hashes
    repository.publish_all()
    assert client.refresh() == 0
    repository.begin_again("targets")
    repository.publish_all()
    assert client.refresh() == 1
    assert (client.version("snapshot"), client.version("targets")) == (2, 2)


def test_a_role_that_a_snapshot_drops_is_missed(repository: TufHistory, client: TufClient) -> None:
    repository.delegate("targets", "models")
    repository.publish("models", "targets", "snapshot", "timestamp")
    assert client.refresh() == 0
    del repository.snapshot.meta["models.json"]
    repository.publish("snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.version("snapshot") == 2


def fast_forward(repository: TufHistory, client: TufClient, role: str) -> None:
    """Somebody had the keys and published up to version 100."""
    for _ in range(99):
        repository.publish(role)
    repository.publish(
        *{"targets": ("snapshot", "timestamp"), "snapshot": ("timestamp",)}.get(role, ())
    )
    assert client.refresh() == 0
    assert client.version(role) == 100


def test_a_timestamp_begins_again_with_new_keys(repository: TufHistory, client: TufClient) -> None:
    fast_forward(repository, client, "timestamp")
    repository.rotate("timestamp")
    repository.begin_again("timestamp")
    repository.publish("root", "timestamp")
    assert client.refresh() == 0
    assert client.version("timestamp") == 1


def test_a_snapshot_begins_again_with_new_keys_of_its_own_and_of_the_timestamp(
    repository: TufHistory, client: TufClient
) -> None:
    fast_forward(repository, client, "snapshot")
    repository.rotate("snapshot")
    repository.rotate("timestamp")
    repository.begin_again("snapshot")
    repository.publish("root", "snapshot", "timestamp")
    assert client.refresh() == 0
    assert client.version("snapshot") == 1


def test_targets_begin_again_with_new_keys_of_the_snapshot(
    repository: TufHistory, client: TufClient
) -> None:
    fast_forward(repository, client, "targets")
    repository.rotate("snapshot")
    repository.begin_again("targets")
    repository.publish("root", "targets", "snapshot", "timestamp")
    assert client.refresh() == 0
    assert client.version("targets") == 1
