"""One active assignment per device and component, by rule and by the database itself."""

import pytest
from django.db import IntegrityError, transaction

from ota import services
from ota.engine.states import AssignmentState, RolloutState
from ota.models import Assignment
from tests.ota import makers
from tests.simulators.fleet import FleetSimulator

pytestmark = pytest.mark.django_db


def test_a_second_rollout_waits_until_the_device_is_free() -> None:
    fleet = FleetSimulator(makers.devices(1))
    device = fleet["cam-000"].device
    first = makers.rollout(makers.release("1.0"), makers.group([device], "a"))
    second = makers.rollout(makers.release("2.0"), makers.group([device], "b"))
    services.rollout_tick(first.pk)
    services.rollout_tick(second.pk)
    states = list(Assignment.objects.order_by("pk").values_list("state", flat=True))
    assert states == [AssignmentState.OFFERED, AssignmentState.PLANNED]
    assert fleet.run(first) == RolloutState.DONE
    assert fleet.run(second) == RolloutState.DONE
    assert len(fleet["cam-000"].installed) == 2


def test_the_database_refuses_a_second_active_one() -> None:
    device, rollout, assignment = makers.lonely()
    twin = {
        "wave": assignment.wave,
        "device": device,
        "release": assignment.release,
        "artifact": assignment.artifact,
        "position": 9,
        "latest": False,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(rollout=rollout, state=AssignmentState.ASSIGNED, **twin)


@pytest.mark.parametrize("field", ["state", "kind", "cause"])
def test_the_database_refuses_words_it_does_not_know(field: str) -> None:
    _, _, assignment = makers.lonely()
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=assignment.pk).update(**{field: "nonsense"})


def test_a_device_that_left_is_skipped_when_its_turn_comes() -> None:
    fleet = FleetSimulator(makers.devices(2))
    group = makers.group([d.device for d in fleet.devices.values()])
    rollout = makers.rollout(makers.release(), group, waves=[{"share_percent": 100}])
    gone = fleet["cam-001"]
    gone.device.state, gone.offline = "decommissioned", True
    gone.device.save()
    assert fleet.run(rollout) == RolloutState.DONE
    skipped = Assignment.objects.get(state=AssignmentState.SKIPPED)
    assert (skipped.device, skipped.text) == (gone.device, "the device is decommissioned")
