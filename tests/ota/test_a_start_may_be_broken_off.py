"""A start fixes who takes part; assignments are made in pieces, which any tick goes on with."""

from typing import Any

import pytest

from ota import services
from ota.engine.states import AssignmentState
from ota.models import Assignment, Rollout, RolloutPlace
from ota.rollouts.large import planting
from tests.ota import makers
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db
DEVICES = 11
PIECE = 3


@pytest.fixture
def broken_off(monkeypatch: pytest.MonkeyPatch) -> Rollout:
    """A start that was killed after its first transaction."""
    monkeypatch.setattr(planting, "PIECE", PIECE)
    monkeypatch.setattr("ota.services.rollout.PIECES_AT_ONCE", 0)
    group = makers.group(makers.devices(DEVICES))
    return makers.rollout(makers.release(), group, waves=[{"share_percent": 100}])


def rows(rollout: Rollout) -> list[tuple[Any, ...]]:
    """What matters of its assignments."""
    found = Assignment.objects.filter(rollout=rollout).order_by("position")
    return list(found.values_list("position", "device_id", "state", "artifact_id", "wave__index"))


def test_nothing_moves_before_all_are_made(
    broken_off: Rollout, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rows(broken_off) == []
    assert RolloutPlace.objects.count() == DEVICES
    monkeypatch.setattr("ota.services.tick.PIECES", 2)
    services.rollout_tick(broken_off.pk)
    assert {row[2] for row in rows(broken_off)} == {AssignmentState.PLANNED}
    assert len(rows(broken_off)) == 2 * PIECE
    services.rollout_tick(broken_off.pk)
    services.rollout_tick(broken_off.pk)
    assert not RolloutPlace.objects.exists()
    assert Assignment.objects.filter(rollout=broken_off, state="offered").exists()


def test_the_end_is_that_of_a_start_in_one_piece(broken_off: Rollout) -> None:
    places = RolloutPlace.objects.filter(rollout=broken_off).order_by("position")
    fixed = list(places.values_list("position", "device_id", "artifact_id"))
    while planting.waits(broken_off):
        planting.plant(broken_off, 1)
    made = rows(broken_off)
    assert [(at, device, artifact) for at, device, _, artifact, _ in made] == fixed
    assert [at for at, *_ in made] == list(range(DEVICES))
    assert Assignment.objects.filter(rollout=broken_off, attempt=1, latest=True).count() == DEVICES


def test_one_that_is_aborted_meanwhile_ends_with_all_of_them_cancelled(
    broken_off: Rollout,
) -> None:
    services.rollout_abort(by=SYSTEM, rollout=broken_off)
    services.rollout_tick(broken_off.pk)
    broken_off.refresh_from_db()
    assert broken_off.state == "aborted"
    assert {row[2] for row in rows(broken_off)} == {AssignmentState.CANCELLED}


def test_who_has_nothing_to_do_is_left_out_with_the_reason() -> None:
    members = makers.devices(2)
    release = makers.release()
    members[0].running = {"release": release.public_id, "version": release.label}
    members[0].save()
    rollout = makers.rollout(release, makers.group(members))
    row = Assignment.objects.get(rollout=rollout, device=members[0])
    assert (row.state, row.text) == ("skipped", "the device runs this release already")
    assert row.finished_at == row.since == row.created_at
    other = Assignment.objects.get(rollout=rollout, device=members[1])
    assert (other.state, other.text, other.finished_at) == ("planned", "", None)
