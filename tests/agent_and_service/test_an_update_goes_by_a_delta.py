"""The agent, whole, against the service's own views: a delta that a worker made in the jail is what
it downloads, both sides know it, and a bad one costs no more than the whole file.
"""

import pytest

from fleet.lib.jobs import JobState
from ota.models import Assignment, Delta
from ota.planning.report import report_of
from ota.releases.deltas.making import delta_make
from registry import blobs
from tests.agent_and_service import releases
from tests.agent_and_service.device import RealDevice, enrolled, offer, state_of, update

pytestmark = pytest.mark.django_db


def offered_the_next() -> tuple[RealDevice, Assignment, Delta]:
    """A device that runs 1.0 and was offered 2.0, and the delta between them, not made yet."""
    device = enrolled()
    update_to = device.boot()
    first, second = releases.release("1.0"), releases.release("2.0")
    offer(device, first, "lab-1")
    update(update_to)
    held = device.row.running["sha256"]
    assignment = offer(device, second, "lab-2")
    device.wire.sent.clear()
    return device, assignment, Delta.objects.get(source=held)


def asked(device: RealDevice) -> list[str]:
    urls = [request.url for request in device.wire.sent if "/artifacts/" in request.url]
    return ["delta" if "/deltas/" in url else "file" for url in urls]


def test_what_a_worker_made_is_what_the_device_downloads() -> None:
    device, assignment, delta = offered_the_next()
    delta_make(delta.pk)
    update(device.boot())
    assert state_of(assignment) == "succeeded"
    assert asked(device) == ["delta"]
    assert assignment.artifact is not None
    assert device.row.running["sha256"] == assignment.artifact.sha256
    delta.refresh_from_db()
    saving = report_of(assignment.rollout).saving
    assert saving.fetched_bytes == delta.size_bytes
    assert saving.saved_bytes > assignment.artifact.size_bytes / 2


def test_a_delta_that_is_wrong_costs_the_whole_file_and_is_not_counted() -> None:
    device, assignment, delta = offered_the_next()
    blob = blobs.put_bytes(b"\x01 no delta of anything")
    Delta.objects.filter(pk=delta.pk).update(
        state=JobState.SUCCEEDED, blob=blob, size_bytes=blob.size_bytes
    )
    update(device.boot())
    assert state_of(assignment) == "succeeded"
    assert asked(device) == ["delta", "file"]
    assert report_of(assignment.rollout).saving.saved_bytes == 0
