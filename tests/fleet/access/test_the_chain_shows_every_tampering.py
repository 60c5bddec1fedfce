"""The pure chain: whatever is changed, removed, swapped or added, the walk names the place."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.access.rules.chain import GENESIS, ChainLink, entry_hash, holds_head, plain, walk
from fleet.lib.actor import ActorKind

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def chain(length: int) -> list[ChainLink]:
    links: list[ChainLink] = []
    for sequence in range(1, length + 1):
        before = links[-1].hash if links else GENESIS
        link = ChainLink(
            sequence=sequence,
            at=START + timedelta(seconds=sequence),
            actor_kind="user",
            actor_id="7",
            actor_label="ada",
            action="ota.rollout_start",
            subject=f"rol_{sequence}",
            detail={"step": sequence},
            prev_hash=before,
        )
        links.append(link.sealed())
    return links


def test_a_new_chain_is_whole() -> None:
    verdict = walk(chain(5))
    assert (verdict.whole, verdict.entries, verdict.head) == (True, 5, chain(5)[-1].hash)


def test_an_empty_log_is_whole() -> None:
    assert walk([]).head == GENESIS


TAMPERINGS: dict[str, Callable[[ChainLink], ChainLink]] = {
    "at": lambda link: replace(link, at=link.at + timedelta(microseconds=1)),
    "actor_kind": lambda link: replace(link, actor_kind="token"),
    "actor_id": lambda link: replace(link, actor_id="8"),
    "actor_label": lambda link: replace(link, actor_label="bob"),
    "action": lambda link: replace(link, action="ota.rollout_stop"),
    "subject": lambda link: replace(link, subject="rol_9"),
    "detail": lambda link: replace(link, detail={}),
}


@pytest.mark.parametrize("field", TAMPERINGS)
@given(place=st.integers(0, 4))
def test_a_changed_field_breaks_its_link(field: str, place: int) -> None:
    links = chain(5)
    links[place] = TAMPERINGS[field](links[place])
    verdict = walk(links)
    assert verdict.broken_at == place + 1
    assert verdict.reason == "its content does not match its hash"


def test_a_changed_entry_with_a_new_hash_breaks_the_next_link() -> None:
    links = chain(5)
    links[2] = replace(links[2], subject="rol_9").sealed()
    verdict = walk(links)
    assert verdict.broken_at == 4
    assert verdict.reason == "it does not carry the hash of the entry before"


@given(place=st.integers(0, 3))
def test_a_removed_entry_is_missed(place: int) -> None:
    links = chain(5)
    del links[place]
    assert walk(links).reason == f"entry {place + 1} is missing"


@given(first=st.integers(0, 4), second=st.integers(0, 4))
def test_swapped_entries_are_seen(first: int, second: int) -> None:
    links = chain(5)
    links[first], links[second] = links[second], links[first]
    assert walk(links).whole == (first == second)


def test_the_walk_stops_at_the_first_fault_and_keeps_the_last_good_head() -> None:
    links = chain(5)
    good = links[1].hash
    del links[2]
    verdict = walk(links)
    assert (verdict.entries, verdict.head) == (2, good)


def test_a_cut_tail_is_seen_by_who_noted_the_head() -> None:
    links = chain(5)
    noted = links[-1].hash
    assert holds_head(links, noted)
    assert walk(links[:3]).whole
    assert not holds_head(links[:3], noted)


@given(JSON)
def test_plain_detail_can_always_be_hashed_and_is_stable(value: Any) -> None:
    link = replace(chain(1)[0], detail={"value": plain(value)})
    assert entry_hash(link) == entry_hash(replace(link, detail={"value": plain(plain(value))}))


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (0.1, "0.1"),
        (Decimal("1.50"), "1.50"),
        (START, "2026-01-02T03:04:05.678901+00:00"),
        (START.date(), "2026-01-02"),
        (ActorKind.USER, "user"),
        ({"b", "a"}, ["a", "b"]),
        ((1, True, None), [1, True, None]),
        ({3: object}, {"3": "<class 'object'>"}),
    ],
)
def test_detail_becomes_plain_json(value: Any, kept: Any) -> None:
    assert plain(value) == kept


def test_the_hash_of_a_known_entry_never_changes() -> None:
    # If this fails, every log in the field would fail to verify after an upgrade.
    known = chain(1)[0].hash
    assert known == "920d22e4f8055b14521827b8380b0a43154ca0eda99b6df612b34e55406194ad"
