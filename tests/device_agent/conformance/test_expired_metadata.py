"""What has expired is not believed; what is newer and has not expired is."""

from datetime import timedelta

import pytest
from tuf.api.metadata import Targets

from tests.device_agent.simulators.tuf_commands import TufClient
from tests.device_agent.simulators.tuf_history import TOP, TufHistory, today

WEEK, LATER = timedelta(days=7), timedelta(days=18)
PATH = "models/digits"


def test_the_client_has_the_clock_of_its_machine(repository: TufHistory, client: TufClient) -> None:
    repository.root.expires = today() + WEEK
    repository.publish("root")
    assert client.refresh() == 0
    assert client.refresh(at=today() + WEEK + timedelta(days=1)) == 1


def test_an_expired_root_is_kept_and_nothing_is_believed_under_it(
    repository: TufHistory, client: TufClient
) -> None:
    assert client.refresh() == 0
    repository.publish("root")
    assert client.refresh() == 0
    repository.root.expires = today() - timedelta(days=1)
    repository.publish(*TOP)
    assert client.refresh() == 1
    assert client.trusted() == {"root": 3, "targets": 1, "snapshot": 1, "timestamp": 1}


@pytest.mark.parametrize(
    ("role", "believed"),
    [
        ("timestamp", {"timestamp": 1, "snapshot": 1, "targets": 1}),
        ("snapshot", {"timestamp": 2, "snapshot": 1, "targets": 1}),
        ("targets", {"timestamp": 2, "snapshot": 2, "targets": 1}),
    ],
)
def test_a_newer_version_that_has_expired_is_refused(
    repository: TufHistory, client: TufClient, role: str, believed: dict[str, int]
) -> None:
    assert client.refresh() == 0
    repository.roles[role].expires = today() - timedelta(days=5)
    repository.publish_all()
    assert client.refresh() == 1
    assert client.trusted() == {"root": 1, **believed}


def test_a_stored_root_that_has_expired_leads_to_the_next(
    repository: TufHistory, client: TufClient
) -> None:
    repository.root.expires = today() + WEEK
    repository.publish("root")
    assert client.refresh() == 0
    repository.root.expires = today() + 3 * WEEK
    repository.publish("root")
    assert client.refresh(at=today() + LATER) == 0
    assert client.version("root") == 3


def test_a_stored_timestamp_that_has_expired_leads_to_the_next(
    repository: TufHistory, client: TufClient
) -> None:
    repository.timestamp.expires = today() + WEEK
    repository.publish("timestamp")
    assert client.refresh() == 0
    repository.timestamp.expires = today() + 3 * WEEK
    repository.publish_all()
    assert client.refresh(at=today() + LATER) == 0
    assert client.trusted() == {"root": 1, "targets": 2, "snapshot": 2, "timestamp": 3}


def delegate(repository: TufHistory, *, expires_in: timedelta) -> Targets:
    targets = Targets(expires=today() + expires_in)
    repository.delegate("targets", "models", paths=["models/*"], targets=targets)
    repository.add(PATH, b"first", role="models")
    repository.add(f"{PATH}-2", b"second", role="models")
    repository.publish("models", "targets", "snapshot", "timestamp")
    return targets


def test_a_delegated_role_that_comes_expired_is_refused(
    repository: TufHistory, client: TufClient
) -> None:
    delegate(repository, expires_in=-timedelta(days=1))
    assert client.refresh() == 0
    assert client.download(PATH) == 1
    assert client.artifacts() == set()
    assert "models" not in client.trusted()


def test_a_stored_delegated_role_that_has_expired_is_not_used(
    repository: TufHistory, client: TufClient
) -> None:
    delegate(repository, expires_in=WEEK)
    assert client.download(PATH) == 0
    assert client.download(f"{PATH}-2", at=today() + LATER) == 1
    assert client.artifacts() == {b"first"}


def test_a_stored_delegated_role_that_has_expired_leads_to_the_next(
    repository: TufHistory, client: TufClient
) -> None:
    targets = delegate(repository, expires_in=WEEK)
    assert client.download(PATH) == 0
    targets.expires = today() + 3 * WEEK
    repository.publish("models", "snapshot", "timestamp")
    assert client.download(f"{PATH}-2", at=today() + LATER) == 0
    assert client.artifacts() == {b"first", b"second"}
