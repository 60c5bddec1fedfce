"""A new root needs the old threshold and its own; other roles need what the root says now."""

from dataclasses import dataclass

import pytest

from tests.device_agent.simulators.tuf_commands import TufClient
from tests.device_agent.simulators.tuf_history import TufHistory, signer


@dataclass(frozen=True)
class Version:
    """Keys of a role, how many must sign, and who did; ``holds``: whether that is enough."""

    keys: str
    threshold: int
    signed_by: str
    holds: bool = True


V = Version
ROOTS = {
    "one key for another": [V("1", 1, "1"), V("2", 1, "21"), V("2", 1, "2")],
    "with signatures that nobody asked for": [
        V("1", 1, "314"),
        V("2", 1, "3214"),
        V("2", 1, "324"),
    ],
    "any three of five": [
        V("01234", 3, "024"),
        V("01234", 3, "041"),
        V("01234", 3, "013"),
        V("01234", 3, "234"),
    ],
    "one of five": [V("01234", 3, "024"), V("01345", 3, "041")],
    "one of five, with both signing once": [
        V("01234", 3, "024"),
        V("01345", 3, "0245"),
        V("01345", 3, "045"),
    ],
    "all of five": [V("01234", 3, "024"), V("56789", 3, "024567"), V("56789", 3, "567")],
    "a higher threshold": [V("123", 1, "1"), V("123", 2, "12")],
    "a lower threshold": [V("123", 2, "12"), V("123", 1, "12"), V("123", 1, "1")],
    "one key more": [V("1", 1, "1"), V("12", 2, "12")],
    "not signed by the old key": [V("1", 1, "1"), V("2", 1, "234", holds=False)],
    "not signed by the new key": [V("1", 1, "1"), V("2", 1, "134", holds=False)],
    "not by three new ones": [V("01234", 3, "024"), V("01345", 3, "024", holds=False)],
    "not by three old ones": [V("01234", 3, "024"), V("01345", 3, "045", holds=False)],
    "not by the new threshold": [V("123", 1, "1"), V("123", 2, "2", holds=False)],
    "not by the old threshold": [V("123", 2, "12"), V("123", 1, "1", holds=False)],
}
OTHERS = {
    "one key for another": V("2", 1, "2"),
    "with signatures that nobody asked for": V("1", 1, "314"),
    "not signed by the new key": V("2", 1, "134", holds=False),
    "by two of three and a stranger": V("01345", 3, "024", holds=False),
    "by two of three": V("01345", 3, "04", holds=False),
    "by the first three": V("01234", 3, "012"),
    "by others": V("01234", 3, "041"),
    "by others in any order": V("01234", 3, "310"),
    "by the middle three": V("01234", 3, "123"),
    "by the last three": V("01234", 3, "234"),
}


def give(repository: TufHistory, role: str, version: Version) -> None:
    made = {digit: signer(100 + int(digit)) for digit in "0123456789"}
    repository.root.roles[role].keyids.clear()
    repository.root.roles[role].threshold = version.threshold
    for digit in version.keys:
        repository.root.add_key(made[digit].public_key, role)
    repository.signers[role] = [made[digit] for digit in version.signed_by]


@pytest.mark.parametrize("roots", ROOTS.values(), ids=ROOTS)
def test_a_chain_of_roots_is_followed_as_far_as_it_holds(
    repository: TufHistory, stranger: TufClient, roots: list[Version]
) -> None:
    repository.begin_again("root")
    for version in roots:
        give(repository, "root", version)
        repository.publish("root")
    assert stranger.init(repository.published["root"][0]) == 0
    holds = roots[-1].holds
    assert stranger.refresh() == (0 if holds else 1)
    assert stranger.stored("root") == repository.published["root"][-1 if holds else -2]


@pytest.mark.parametrize("version", OTHERS.values(), ids=OTHERS)
def test_the_other_roles_follow_the_root(
    repository: TufHistory, client: TufClient, version: Version
) -> None:
    for role in ("timestamp", "snapshot", "targets"):
        before = client.stored(role)
        give(repository, role, version)
        repository.publish("root", *{"targets": ("targets", "snapshot")}.get(role, (role,)))
        repository.publish("timestamp")
        assert client.refresh() == (0 if version.holds else 1)
        assert client.stored(role) == (repository.last(role) if version.holds else before)
