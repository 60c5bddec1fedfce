"""A number under which a device was told something is never given to something else."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from builds.signing.keybook import Mark
from fleet.lib import clock
from fleet.lib.errors import Unavailable
from ota import epochs
from ota.models import Assignment
from ota.trust.keys import key_store
from ota.trust.tuf.roles import ACTIONS
from tests.agent_and_service import releases
from tests.agent_and_service.device import RealDevice, enrolled, offer, state_of, update
from tests.ota import makers
from tests.ota.backup import by_hand, losses
from tests.personas import SYSTEM

NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("highest", "now", "first"),
    [
        (0, NOW, 365 * 86_400 * epochs.ACTIONS_PER_SECOND),
        (10**9, NOW, 10**9 + 1),
        (7, datetime(2020, 1, 1, tzinfo=UTC), 8),
        (7, datetime(2060, 1, 1, tzinfo=UTC), 8),
    ],
)
def test_an_epoch_begins_above_all_that_is_known_and_above_the_clock(
    highest: int, now: datetime, first: int
) -> None:
    assert epochs.first_action(highest=highest, now=now) == first


def test_numbers_stay_whole_numbers_of_31_bits() -> None:
    with pytest.raises(Unavailable, match="No numbers are left"):
        epochs.first_action(highest=epochs.ACTION_MAX, now=NOW)


@pytest.mark.django_db
def test_the_next_row_has_the_first_number_and_the_one_after_it_the_next() -> None:
    begun = epochs.begin(by=SYSTEM, because="a drill")
    (device, other) = makers.devices(2)
    made = makers.rollout(makers.release(), makers.group([device, other], "lab"))
    rows = Assignment.objects.filter(rollout=made).order_by("pk")
    numbers = list(rows.values_list("pk", flat=True))
    assert numbers == [begun.first_action, begun.first_action + 1]
    again = epochs.begin(by=SYSTEM, because="another", offered=begun.first_action + 9)
    assert (again.number, again.first_action) == (2, max(begun.first_action + 10, _by_clock()))


def _by_clock() -> int:
    return epochs.first_action(highest=0, now=clock.now())


def updated(device: RealDevice, label: str) -> Assignment:
    assignment = offer(device, releases.release(label), f"for {label}")
    update(device.boot())
    assert (state_of(assignment), device.row.running["version"]) == ("succeeded", label)
    return assignment


@pytest.mark.django_db(transaction=True)
def test_the_same_backup_restored_twice_numbers_from_three_places(tmp_path: Path) -> None:
    device = enrolled()
    updated(device, "1.0")
    losses.backup(tmp_path / "kept")
    numbers = [updated(device, "2.0").pk]
    for label in ("3.0", "4.0"):
        losses.database()
        losses.restore(tmp_path / "kept", "--keep-keys")
        numbers.append(updated(device, label).pk)
    assert sorted(set(numbers)) == numbers
    call_command("audit_verify")


@pytest.mark.django_db(transaction=True)
def test_what_the_kept_key_book_says_was_offered_is_not_offered_again(tmp_path: Path) -> None:
    """Also where more was offered than the clock would have it."""
    device = enrolled()
    updated(device, "1.0")
    losses.backup(tmp_path / "kept")
    offered = 2 * _by_clock()
    book = key_store.book()
    with book.locked():
        book.mark_set({ACTIONS: Mark(offered, "")})
    losses.database()
    losses.restore(tmp_path / "kept", "--keep-keys")
    assert updated(device, "2.0").pk > offered


@pytest.mark.django_db(transaction=True)
def test_an_agent_does_not_answer_with_what_the_number_meant_before(tmp_path: Path) -> None:
    """Even where the database was put back by hand, and counts from there."""
    device = enrolled()
    updated(device, "1.0")
    old = by_hand.copy(tmp_path / "old")
    before = updated(device, "2.0")
    by_hand.put_back(tmp_path / "old", old)
    with connection.cursor() as cursor:  # what devices have followed is not followed again
        cursor.execute("UPDATE ota_slot SET counter = 10")
    again = updated(device, "2.1")
    assert (again.pk, again.public_id == before.public_id) == (before.pk, False)
    state = device.boot().state
    assert state.active is not None
    assert state.slots[state.active].version == "2.1"
