"""Delegated roles are searched in order, depth first, each verified by who delegates to it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Delegations, MetaFile, SuccinctRoles, Targets
from tuf.ngclient import UpdaterConfig

from tests.device_agent.simulators.tuf_commands import TufClient
from tests.device_agent.simulators.tuf_history import LIFE, TOP, TufHistory, today


@dataclass(frozen=True)
class Edge:
    """Who delegates to whom."""

    delegator: str
    name: str
    paths: Sequence[str] = ("*",)
    terminating: bool = False


E = Edge
T = "targets"
PY = ("*.py",)
GRAPHS = {
    "one": ([E(T, "A")], "A"),
    "two": ([E(T, "A"), E(T, "B")], "AB"),
    "one below another": ([E(T, "A"), E(T, "B"), E("B", "C")], "ABC"),
    "depth first": ([E(T, "A"), E(T, "B"), E("A", "C"), E("A", "D")], "ACDB"),
    "three levels, depth first": ([E(T, "A"), E(T, "B"), E("A", "C"), E("C", "D")], "ACDB"),
    "a terminating role ends the search": (
        [E(T, "A"), E(T, "B"), E("A", "C", terminating=True), E("A", "D")],
        "AC",
    ),
    "but not before its own delegations": (
        [E(T, "A"), E(T, "B"), E("A", "C", terminating=True), E("C", "D")],
        "ACD",
    ),
    "other paths are not looked through": ([E(T, "A", PY), E(T, "B"), E("A", "C")], "B"),
    "nor is what is below them": (
        [E(T, "A"), E(T, "B"), E("A", "C", PY), E("C", "D")],
        "AB",
    ),
    "a circle ends": ([E(T, "A"), E(T, "B"), E("B", "C"), E("C", "D"), E("D", "B")], "ABCD"),
    "a role of two others is asked for once": (
        [E(T, "A"), E(T, "B"), E("B", "C"), E("A", "C")],
        "ACB",
    ),
    "by whoever delegates the path": (
        [E(T, "A"), E(T, "B"), E("B", "C"), E("A", "C", PY)],
        "ABC",
    ),
}
TREE = [
    E(T, "A", ("*.doc", "*.md")),
    E(T, "B", ("releases/*/*",)),
    E("B", "C", ("releases/x/*",)),
    E("B", "D", ("releases/y/*.zip",)),
]
FILES = {
    "file": T,
    "README.md": "A",
    "releases/x/x_v1": "C",
    "releases/y/y_v1.zip": "D",
    "releases/z/z_v1.zip": "D",
}


def build(repository: TufHistory, edges: Sequence[Edge]) -> None:
    names = {edge.name: None for edge in edges}
    for edge in edges:
        repository.delegate(
            edge.delegator, edge.name, paths=edge.paths, terminating=edge.terminating
        )
    repository.publish(*names, "targets", "snapshot", "timestamp")


def delegated(repository: TufHistory) -> list[str]:
    return [role for role, _ in repository.asked if role not in TOP]


@pytest.mark.parametrize(("edges", "order"), GRAPHS.values(), ids=GRAPHS)
def test_the_order_of_the_search(
    repository: TufHistory, client: TufClient, edges: list[Edge], order: str
) -> None:
    build(repository, edges)
    assert client.download("nobody has this") == 1
    assert delegated(repository) == list(order)


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("file", ""),
        ("README.md", "A"),
        ("releases/x/x_v1", "BC"),
        ("releases/y/y_v1.zip", "BD"),
    ],
)
def test_what_is_delegated_all_the_way_is_found(
    repository: TufHistory, client: TufClient, path: str, order: str
) -> None:
    build(repository, TREE)
    repository.add(path, path.encode(), role=FILES[path])
    repository.publish("A", "B", "C", "D", "targets", "snapshot", "timestamp")
    assert client.download(path) == 0
    assert delegated(repository) == list(order)
    assert client.artifacts() == {path.encode()}


def test_what_is_not_delegated_all_the_way_is_not_found(
    repository: TufHistory, client: TufClient
) -> None:
    build(repository, TREE)
    repository.add("releases/z/z_v1.zip", b"z", role="D")
    repository.publish("D", "snapshot", "timestamp")
    assert client.download("releases/z/z_v1.zip") == 1
    assert delegated(repository) == ["B"]
    assert client.artifacts() == set()


def test_the_first_role_that_names_a_path_is_the_one(
    repository: TufHistory, client: TufClient
) -> None:
    build(repository, [E(T, "A"), E(T, "B")])
    repository.add("model", b"of B", role="B")
    repository.add("model", b"of A", role="A")
    repository.publish("A", "B", "snapshot", "timestamp")
    assert client.download("model") == 0
    assert client.artifacts() == {b"of A"}


def test_the_search_is_bounded(repository: TufHistory, client: TufClient) -> None:
    build(repository, [E(T, f"r{number}") for number in range(40)])
    repository.add("model", b"far away", role="r39")
    repository.publish("r39", "snapshot", "timestamp")
    assert client.download("model") == 1
    assert len(delegated(repository)) == UpdaterConfig().max_delegations


def only_signed_for(repository: TufHistory, delegator: str) -> None:
    """A and B both delegate to C, with a key each; only one delegator's key signs C."""
    made: dict[str, CryptoSigner] = {}
    for name in ("A", "B"):
        repository.delegate(T, name, paths=[f"{name}/*"])
    for name in ("A", "B"):
        made[name] = repository.delegate(name, "C", paths=[f"{name}/*"])
    repository.signers["C"] = [made[delegator]]
    repository.add("A/model", b"by way of A", role="C")
    repository.add("B/model", b"by way of B", role="C")
    repository.publish("C", "A", "B", "targets", "snapshot", "timestamp")


@pytest.mark.parametrize(("right", "wrong"), ["AB", "BA"])
def test_a_stored_role_is_verified_again_for_whoever_delegates_to_it_now(
    repository: TufHistory, client: TufClient, right: str, wrong: str
) -> None:
    only_signed_for(repository, right)
    assert client.download(f"{right}/model", f"{wrong}/model") == 1
    assert client.artifacts() == {f"by way of {right}".encode()}
    assert client.download(f"{wrong}/model") == 1
    assert client.download(f"{right}/model") == 0


def test_a_role_that_both_delegators_keys_signed_serves_both(
    repository: TufHistory, client: TufClient
) -> None:
    only_signed_for(repository, "A")
    for name in ("A", "B"):
        repository.signers["C"] = [
            *repository.signers["C"],
            repository.delegate(name, "C", paths=[f"{name}/*"]),
        ]
    repository.publish("C", "A", "B", "snapshot", "timestamp")
    assert client.download("A/model", "B/model") == 0


def unsigned(repository: TufHistory) -> None:
    repository.signers["A"].clear()


def of_another_version(repository: TufHistory) -> None:
    repository.targets_of("A").version += 1


@pytest.mark.parametrize("spoil", [unsigned, of_another_version])
def test_a_delegated_role_that_does_not_hold_ends_the_search(
    repository: TufHistory, client: TufClient, spoil: object
) -> None:
    build(repository, [E(T, "A"), E(T, "B")])
    repository.add("model", b"of B", role="B")
    repository.publish("B")
    assert callable(spoil)
    spoil(repository)
    repository.publish("A")
    repository.snapshot.meta["A.json"] = MetaFile(2)
    repository.publish("snapshot", "timestamp")
    assert client.download("model") == 1
    assert client.artifacts() == set()
    assert "A" not in client.trusted()


def test_a_delegated_role_with_another_digest_is_refused(
    repository: TufHistory, client: TufClient
) -> None:
    repository.with_hashes = True
    build(repository, [E(T, "A")])
    repository.add("model", b"of A", role="A")
    repository.publish("A")
    repository.snapshot.meta["A.json"].hashes = {"sha256": "0" * 64}
    repository.publish("snapshot", "timestamp")
    assert client.download("model") == 1
    assert "A" not in client.trusted()


def test_a_delegated_role_that_no_snapshot_names_is_refused(
    repository: TufHistory, client: TufClient
) -> None:
    repository.delegate(T, "A")
    repository.add("model", b"of A", role="A")
    repository.publish("targets", "snapshot", "timestamp")
    repository.published["A"] = [b"{}"]
    assert client.download("model") == 1
    assert delegated(repository) == []


def test_a_delegated_role_is_not_believed_after_the_delegation_is_gone(
    repository: TufHistory, client: TufClient
) -> None:
    build(repository, [E(T, "A")])
    repository.add("model", b"of A", role="A")
    repository.publish("A", "snapshot", "timestamp")
    assert client.download("model") == 0
    repository.targets.delegations = None
    repository.publish_all()
    assert client.download("model") == 1


def test_new_keys_of_a_delegated_role_are_followed(
    repository: TufHistory, client: TufClient
) -> None:
    build(repository, [E(T, "A")])
    repository.add("model", b"of A", role="A")
    repository.publish("A", "snapshot", "timestamp")
    assert client.download("model") == 0
    repository.signers["A"] = []
    repository.delegate(T, "A")
    repository.publish("A", "targets", "snapshot", "timestamp")
    assert client.download("model") == 0
    assert client.stored("A") == repository.last("A")


def test_hashed_bins_are_searched_by_the_digest_of_the_path(
    repository: TufHistory, client: TufClient
) -> None:
    bins, made = SuccinctRoles([], 1, 2, "bin"), repository.new_signer()
    repository.targets.delegations = Delegations({}, None, bins)
    repository.targets.add_key(made.public_key)
    for name in bins.get_roles():
        repository.roles[name], repository.signers[name] = Targets(expires=today() + LIFE), [made]
    right = bins.get_role_for_target("model")
    repository.add("model", b"in its bin", role=right)
    repository.publish(*bins.get_roles(), "targets", "snapshot", "timestamp")
    assert client.download("model") == 0
    assert delegated(repository) == [right]
