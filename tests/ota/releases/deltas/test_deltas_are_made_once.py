"""A delta is asked for once, made in the jail, and makes the very file; what cannot be made says
why, and the rollout goes on without.
"""

import io

import pytest

from builds.jailed.running import ChildLimits, JailedModule
from device_agent.protocol.delta.sequential import apply_patch
from fleet.lib.hashing import sha256_hex
from fleet.lib.jobs import JobState
from ota.models import Delta
from ota.releases.deltas import making
from ota.releases.deltas.asking import FLAGS, WHOLE
from ota.releases.deltas.making import delta_make
from registry import blobs
from tests.ota import makers
from tests.ota.releases.deltas.scene import ready, released, runs

pytestmark = pytest.mark.django_db


def test_a_new_rollout_asks_for_what_its_devices_report_and_for_the_file_alone() -> None:
    scene = ready(start=False)
    assert set(scene.wanted()) == {scene.old.sha256, WHOLE}
    assert {row.flags for row in scene.wanted().values()} == {FLAGS}


def test_the_same_delta_is_asked_for_once() -> None:
    scene = ready()
    again = makers.group(makers.devices(1, prefix="two"), "two")
    makers.rollout(scene.new.release, again, start=False)
    assert Delta.objects.count() == len(scene.wanted()) == 2


def test_a_rollout_without_deltas_has_none_made() -> None:
    assert ready(delivery={"deltas": "never"}).wanted() == {}


def test_what_a_device_claims_to_run_is_no_source_unless_it_was_released() -> None:
    scene = ready()
    scene.device.running = {"sha256": sha256_hex(b"anything")}
    scene.device.save()
    makers.rollout(scene.new.release, makers.group([scene.device], "other"), start=False)
    assert set(scene.wanted()) == {scene.old.sha256, WHOLE}


def test_a_delta_made_in_the_jail_makes_the_file() -> None:
    scene = ready()
    row = scene.wanted()[scene.old.sha256]
    delta_make(row.pk)
    row.refresh_from_db()
    assert (row.state, row.last_error) == (JobState.SUCCEEDED, "")
    delta, old = blobs.read(str(row.blob_id)), blobs.read(scene.old.sha256)
    assert row.size_bytes == len(delta) < scene.new.size_bytes / 4
    made = bytearray()
    apply_patch(
        io.BytesIO(delta),
        lambda at, size: old[at : at + size],
        len(old),
        scene.new.size_bytes,
        made.extend,
    )
    assert sha256_hex(bytes(made)) == scene.new.sha256


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "BYTES_MAX", 100)


@pytest.mark.usefixtures("tight")
def test_a_file_that_is_too_large_is_refused_with_one_sentence() -> None:
    scene = ready()
    row = scene.wanted()[WHOLE]
    delta_make(row.pk)
    row.refresh_from_db()
    assert row.state == JobState.REFUSED
    assert row.last_error == "A file has more than 100 bytes: no delta is made of it."


def test_a_maker_that_is_too_slow_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = ready()
    hasty = ChildLimits(deadline_seconds=0.01, memory_bytes=2**31)
    maker = JailedModule("ota.releases.deltas.child", hasty, packages=("ota",))
    monkeypatch.setattr(making, "MAKER", maker)
    row = scene.wanted()[WHOLE]
    delta_make(row.pk)
    row.refresh_from_db()
    assert row.state == JobState.REFUSED
    assert row.last_error.endswith("and was stopped.")


def test_a_delta_that_two_workers_get_is_made_by_one() -> None:
    scene = ready()
    row = scene.made(WHOLE)
    delta_make(row.pk)
    row.refresh_from_db()
    assert (row.attempt, row.size_bytes) == (0, len(b"short"))


def test_most_reported_sources_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = ready(start=False)
    more = makers.devices(3, prefix="more")
    third = released("3.0")
    for device in more[:2]:
        runs(device, scene.new)
    runs(more[2], scene.old)
    monkeypatch.setattr("ota.releases.deltas.asking.SOURCES_MAX", 1)
    makers.rollout(third.release, makers.group(more, "more"), start=False)
    sources = set(Delta.objects.filter(target=third.sha256).values_list("source", flat=True))
    assert sources == {scene.new.sha256, WHOLE}
