"""A refresh asks for what it needs, in order, believes what holds, and stops where nothing does."""

import json

import pytest
from securesystemslib.signer import SSlibKey
from tuf.api.metadata import MetaFile

from tests.device_agent.simulators.tuf_commands import TufClient
from tests.device_agent.simulators.tuf_history import TOP, TufHistory

FIRST_REQUESTS = [("root", 2), ("timestamp", None), ("snapshot", 1), ("targets", 1)]
SECOND = {"root": 2, "targets": 2, "snapshot": 2, "timestamp": 2}


def versions(**wanted: int) -> dict[str, int]:
    return wanted


def test_it_asks_for_the_next_root_and_then_for_each_role_once(
    repository: TufHistory, client: TufClient
) -> None:
    assert client.refresh() == 0
    assert repository.asked == FIRST_REQUESTS


def test_it_keeps_all_four_roles(repository: TufHistory, client: TufClient) -> None:
    assert client.refresh() == 0
    assert {role: client.stored(role) for role in TOP} == {r: repository.last(r) for r in TOP}
    assert set(client.trusted()) == set(TOP)


def test_a_download_refreshes_first(repository: TufHistory, client: TufClient) -> None:
    assert client.download("nobody has this") == 1
    assert repository.asked == FIRST_REQUESTS
    assert client.trusted() == dict.fromkeys(TOP, 1)


def test_a_first_root_without_a_version_is_no_root(
    repository: TufHistory, stranger: TufClient
) -> None:
    root = json.loads(repository.last("root"))
    del root["signed"]["version"]
    stranger.init(json.dumps(root).encode())
    assert stranger.refresh() == 1
    assert repository.asked == []


def test_a_first_root_that_is_not_signed_is_no_root(
    repository: TufHistory, stranger: TufClient
) -> None:
    root = json.loads(repository.last("root"))
    root["signatures"][0]["sig"] = "30" * 64
    stranger.init(json.dumps(root).encode())
    assert stranger.refresh() == 1
    assert repository.asked == []


@pytest.mark.parametrize(
    ("role", "believed"),
    [
        ("root", versions(root=1)),
        ("timestamp", versions(root=2)),
        ("snapshot", versions(root=2, timestamp=2)),
        ("targets", versions(root=2, timestamp=2, snapshot=2)),
    ],
)
def test_it_stops_at_a_role_that_nobody_signed(
    repository: TufHistory, client: TufClient, role: str, believed: dict[str, int]
) -> None:
    repository.signers[role].clear()
    repository.publish(*TOP)
    assert client.refresh() == 1
    assert client.trusted() == believed


@pytest.mark.parametrize(
    ("role", "believed"),
    [
        ("root", versions(root=1)),
        ("snapshot", versions(root=2, timestamp=2)),
        ("targets", versions(root=2, timestamp=2, snapshot=2)),
    ],
)
def test_it_stops_at_a_version_that_is_not_the_one_in_the_address(
    repository: TufHistory, client: TufClient, role: str, believed: dict[str, int]
) -> None:
    repository.roles[role].version += 1  # 3 inside, published as 2
    repository.publish("root", "targets")
    repository.snapshot.meta["targets.json"] = MetaFile(2)
    repository.publish("snapshot")
    repository.timestamp.snapshot_meta = MetaFile(2)
    repository.publish("timestamp")
    assert client.refresh() == 1
    assert client.trusted() == believed


def test_another_timestamp_of_the_same_version_is_not_believed(
    repository: TufHistory, client: TufClient
) -> None:
    assert client.refresh() == 0
    first = client.stored("timestamp")
    repository.timestamp.snapshot_meta = MetaFile(100)
    repository.begin_again("timestamp")
    repository.publish("timestamp")
    assert client.refresh() == 0
    assert repository.asked[-1] == ("timestamp", None)
    assert client.stored("timestamp") == first


def test_digests_of_metadata_are_believed_when_they_are_right(
    repository: TufHistory, client: TufClient
) -> None:
    repository.with_hashes = True
    repository.publish_all()
    assert client.refresh() == 0
    assert repository.snapshot.meta["targets.json"].hashes


def test_metadata_with_another_digest_is_refused(repository: TufHistory, client: TufClient) -> None:
    repository.with_hashes = True
    repository.publish_all()
    assert client.refresh() == 0
    repository.publish("targets")
    repository.snapshot.meta["targets.json"].hashes = {"sha256": "46" * 32}
    repository.publish("snapshot", "timestamp")
    assert client.refresh() == 1
    assert (client.version("snapshot"), client.version("targets")) == (3, 2)


def test_metadata_is_kept_byte_for_byte(repository: TufHistory, client: TufClient) -> None:
    odd = repository.published["timestamp"].pop() + b" \n "
    repository.published["timestamp"].append(odd)
    assert client.refresh() == 0
    assert client.stored("timestamp") == odd


def test_members_that_nobody_knows_are_signed_with_the_rest(
    repository: TufHistory, client: TufClient
) -> None:
    assert client.refresh() == 0
    made = repository.new_signer()
    made.public_key.unrecognized_fields["of-another-time"] = {"a": 1, "b": [2]}
    repository.root.unrecognized_fields["custom"] = "value"
    repository.root.roles["root"].unrecognized_fields["more"] = "value"
    repository.add_key("root", made)
    repository.publish("root")
    made.public_key.unrecognized_fields.clear()
    assert client.refresh() == 0
    assert client.version("root") == 2


def test_the_old_list_of_key_id_digests_means_nothing(
    repository: TufHistory, client: TufClient
) -> None:
    repository.rotate("snapshot")
    key = repository.signers["snapshot"][0].public_key
    assert isinstance(key, SSlibKey)
    misleading = {"keyid_hash_algorithms": ["md5"]}
    repository.root.keys[key.keyid] = SSlibKey(
        key.keyid, key.keytype, key.scheme, dict(key.keyval), misleading
    )
    repository.publish("root", "snapshot", "timestamp")
    assert client.refresh() == 0
    assert (client.version("root"), client.version("snapshot")) == (2, 2)


def test_a_timestamp_that_is_not_there(repository: TufHistory, client: TufClient) -> None:
    assert client.refresh() == 0
    del repository.published["timestamp"]
    assert client.refresh() == 1
    assert repository.asked[-1] == ("timestamp", None)


def test_a_snapshot_that_is_not_there(repository: TufHistory, client: TufClient) -> None:
    assert client.refresh() == 0
    repository.timestamp.snapshot_meta = MetaFile(2)
    repository.publish("timestamp")
    assert client.refresh() == 1
    assert repository.asked[-1] == ("snapshot", 2)
    assert client.trusted() == versions(root=1, targets=1, snapshot=1, timestamp=2)


def test_targets_that_are_not_there(repository: TufHistory, client: TufClient) -> None:
    assert client.refresh() == 0
    repository.snapshot.meta["targets.json"] = MetaFile(2)
    repository.publish("snapshot", "timestamp")
    assert client.refresh() == 1
    assert repository.asked[-1] == ("targets", 2)
    assert client.trusted() == versions(root=1, targets=1, snapshot=2, timestamp=2)


def test_targets_that_no_snapshot_names_are_not_asked_for(
    repository: TufHistory, client: TufClient
) -> None:
    assert client.refresh() == 0
    repository.publish("targets")
    assert client.refresh() == 0
    assert repository.asked[-1] == ("timestamp", None)
    assert client.version("targets") == 1


def test_a_snapshot_in_the_timestamps_place_is_refused(
    repository: TufHistory, client: TufClient
) -> None:
    # Signed by the timestamp's key and complete as a timestamp: only its type is another.
    repository.add_key("snapshot", repository.signers["timestamp"][0])
    repository.snapshot.meta = {"snapshot.json": MetaFile(1)}
    repository.publish("root", "snapshot")
    repository.published["timestamp"].append(repository.published["snapshot"].pop())
    assert client.refresh() == 1
    assert client.trusted() == versions(root=2)


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
@pytest.mark.parametrize("data", [b"", b"<html>login</html>", b"[]", b"{}"], ids=repr)
def test_what_is_no_metadata_at_all_is_refused(
    repository: TufHistory, client: TufClient, role: str, data: bytes
) -> None:
    assert client.refresh() == 0
    repository.publish_all()
    repository.published[role][-1] = data
    assert client.refresh() == 1
    assert client.version(role) == 1


def test_everything_new_is_believed(repository: TufHistory, client: TufClient) -> None:
    assert client.refresh() == 0
    repository.publish(*TOP)
    assert client.refresh() == 0
    assert client.trusted() == SECOND
