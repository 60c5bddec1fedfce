"""An artifact is stored when its length and digests are the signed ones, and asked for once."""

import pytest

from tests.device_agent.simulators.tuf_commands import TufClient
from tests.device_agent.simulators.tuf_history import TufHistory

NAME, DATA = "model.bundle", b"bytes of a bundle"


@pytest.mark.parametrize("path", [NAME, "a/path/of/folders/model.bundle"])
def test_it_fetches_what_is_signed(repository: TufHistory, client: TufClient, path: str) -> None:
    repository.add(path, DATA)
    repository.publish_all()
    assert client.refresh() == 0
    assert client.artifacts() == set()
    assert client.download(path) == 0
    assert client.artifacts() == {DATA}


def test_it_asks_for_what_it_has_no_second_time(repository: TufHistory, client: TufClient) -> None:
    repository.add(NAME, DATA)
    repository.publish_all()
    assert client.download(NAME) == 0
    assert client.download(NAME) == 0
    assert len(repository.fetched) == 1


def test_it_refuses_what_somebody_else_put_there(repository: TufHistory, client: TufClient) -> None:
    repository.add(NAME, DATA)
    repository.add("another", b"more")
    repository.publish_all()
    assert client.download(NAME) == 0
    repository.artifacts = dict.fromkeys(repository.artifacts, b"not what was signed")
    client.download(NAME)  # it may find its own copy, or refuse the new one
    assert client.artifacts() == {DATA}
    assert client.download("another") == 1
    assert client.artifacts() == {DATA}


@pytest.mark.parametrize("data", [DATA[:-1], DATA + b"!", b""], ids=["shorter", "longer", "empty"])
def test_it_refuses_another_length(repository: TufHistory, client: TufClient, data: bytes) -> None:
    repository.add(NAME, DATA)
    repository.publish_all()
    repository.artifacts[NAME] = data
    assert client.download(NAME) == 1
    assert client.artifacts() == set()


def test_a_changed_artifact_replaces_the_one_before(
    repository: TufHistory, client: TufClient
) -> None:
    kept = set()
    for number in range(11):
        data, other = f"version {number}".encode(), f"new {number}".encode()
        repository.add(NAME, data)
        repository.add(f"new-{number}", other)
        repository.publish_all()
        if number % 5:
            continue  # the client does not look every time
        assert client.download(NAME, f"new-{number}") == 0
        kept.add(other)
        assert client.artifacts() == kept | {data}
        repository.artifacts[NAME] = b"swapped"
        repository.publish_all()
        client.download(NAME)
        assert client.artifacts() == kept | {data}


@pytest.mark.parametrize("hashes", [["sha256"], ["sha512"], ["sha256", "sha512"]], ids="+".join)
def test_it_knows_the_usual_digests(
    repository: TufHistory, client: TufClient, hashes: list[str]
) -> None:
    described = repository.add(NAME, DATA, hashes=hashes)
    repository.publish_all()
    assert client.download(NAME) == 0
    ((path, prefix),) = repository.fetched
    assert path == NAME
    assert prefix in described.hashes.values()
    assert client.artifacts() == {DATA}


def test_a_digest_that_nobody_can_check_is_none(repository: TufHistory, client: TufClient) -> None:
    described = repository.add(NAME, DATA, hashes=["sha512"])
    described.hashes = {"of-another-time": described.hashes["sha512"]}
    repository.publish_all()
    assert client.download(NAME) == 1
    assert client.artifacts() == set()


def test_one_digest_of_two_that_is_wrong_is_enough_to_refuse(
    repository: TufHistory, client: TufClient
) -> None:
    described = repository.add(NAME, DATA, hashes=["sha256", "sha512"])
    described.hashes["sha512"] = "0" * 128
    repository.publish_all()
    assert client.download(NAME) == 1
    assert client.artifacts() == set()


def test_it_stops_at_the_first_that_fails(repository: TufHistory, client: TufClient) -> None:
    repository.add(NAME, DATA)
    repository.add("last", b"never asked for")
    repository.publish_all()
    assert client.download(NAME, "nobody has this", "last") == 1
    assert client.artifacts() == {DATA}
