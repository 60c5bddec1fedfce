"""A role may have any name: it is quoted in the request and leaves the folder alone."""

from urllib.parse import quote

import pytest

from tests.device_agent.simulators.tuf_commands import TufClient
from tests.device_agent.simulators.tuf_history import TufHistory


@pytest.mark.parametrize("name", ["?", "#", "/delegated", "../delegated", ".", "%2e%2e%2f", "ü"])
def test_a_role_of_any_name(repository: TufHistory, client: TufClient, name: str) -> None:
    repository.delegate("targets", name)
    repository.publish(name, "targets", "snapshot", "timestamp")
    assert client.download("nobody has this") == 1
    assert (quote(name, ""), 1) in repository.asked
    assert len(client.trusted()) == 5
    assert {path.name for path in client.metadata.parent.iterdir()} == {
        "metadata",
        "targets",
        "trusted.json",
    }


@pytest.mark.parametrize("path", ["../outside", "/etc/outside", "a/../../outside", "ü ?#%20"])
def test_an_artifact_of_any_name_stays_in_its_folder(
    repository: TufHistory, client: TufClient, path: str
) -> None:
    repository.add(path, b"data")
    repository.publish_all()
    client.download(path)  # found or not: an address cannot say everything
    outside = {
        p for p in client.targets.parent.rglob("*outside*") if client.targets not in p.parents
    }
    assert outside == set()
