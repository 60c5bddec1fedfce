"""A role counts when enough different keys signed it; nothing else makes up for a missing one."""

import json

import pytest
from tuf.api.metadata import Metadata, Root, Timestamp

from tests.device_agent.simulators.tuf_commands import TufClient
from tests.device_agent.simulators.tuf_history import SCHEMES, TOP, TufHistory


def test_one_signature_less_than_the_threshold_is_refused(
    repository: TufHistory, client: TufClient
) -> None:
    repository.root.roles["snapshot"].threshold = 3
    for _ in range(2):
        repository.add_key("snapshot")
    repository.publish(*TOP)
    assert client.refresh() == 0
    repository.signers["snapshot"].pop()
    repository.publish_all()
    assert client.refresh() == 1
    assert client.version("snapshot") == 2


def test_a_threshold_that_no_keys_can_reach_is_not_reached(
    repository: TufHistory, client: TufClient
) -> None:
    for _ in range(4):
        repository.add_key("snapshot")
    repository.root.roles["snapshot"].threshold = 6
    repository.publish("root", "snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.version("root") == 2
    assert client.version("snapshot") is None


def test_a_key_that_is_listed_often_counts_once(repository: TufHistory, client: TufClient) -> None:
    made = repository.add_key("snapshot")
    repository.root.roles["snapshot"].keyids += [made.public_key.keyid] * 8
    repository.root.roles["snapshot"].threshold = 6
    repository.publish("root", "snapshot", "timestamp")
    document = json.loads(repository.published["snapshot"].pop())
    document["signatures"] += [document["signatures"][-1]] * 8
    repository.published["snapshot"].append(json.dumps(document).encode())
    assert client.refresh() == 1
    assert client.version("snapshot") is None


def test_a_signature_that_is_there_twice_is_refused(
    repository: TufHistory, client: TufClient
) -> None:
    document = json.loads(repository.published["snapshot"].pop())
    document["signatures"] *= 2
    repository.published["snapshot"].append(json.dumps(document).encode())
    assert client.refresh() == 1
    assert client.version("snapshot") is None


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_of_the_specification_is_verified(
    repository: TufHistory, client: TufClient, scheme: str
) -> None:
    made = repository.add_key("root", repository.new_signer(scheme))
    repository.root.roles["root"].threshold = 2
    repository.publish("root")
    assert client.refresh() == 0
    assert client.version("root") == 2

    repository.publish("root")
    right = Metadata[Root].from_bytes(repository.published["root"].pop())
    found = right.signatures[made.public_key.keyid]
    earlier = Metadata[Root].from_bytes(repository.published["root"][1])
    found.signature = earlier.signatures[made.public_key.keyid].signature
    repository.published["root"].append(right.to_bytes())
    assert client.refresh() == 1
    assert client.version("root") == 2


@pytest.mark.parametrize("wrong", ["00" * 64, "not hexadecimal", ""])
def test_a_wrong_signature_beside_enough_right_ones_changes_nothing(
    repository: TufHistory, client: TufClient, wrong: str
) -> None:
    first = repository.signers["timestamp"][0].public_key.keyid
    repository.add_key("timestamp")
    repository.publish("root", "timestamp")
    found = Metadata[Timestamp].from_bytes(repository.published["timestamp"].pop())
    found.signatures[first].signature = wrong
    repository.published["timestamp"].append(found.to_bytes())
    assert client.refresh() == 0
    assert client.version("timestamp") == 2
