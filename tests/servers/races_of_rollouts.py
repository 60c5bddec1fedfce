"""Rollouts that meet on the same devices. Only run on PostgreSQL, like the races of devices."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from device_agent.protocol.ddi import ConfigData, Execution, Feedback, Finished
from fleet.access import audit
from fleet.devices.models import Device
from fleet.devices.services import device_reject
from fleet.lib import clock
from fleet.lib.errors import Conflict, FleetError
from ota import services
from ota.engine.commands import Assign
from ota.engine.states import IN_FLIGHT, AssignmentState, ReleaseState
from ota.models import Approval, Assignment, Release, Rollout
from ota.rollouts.apply import apply
from ota.services.told.device_report import config_data_put
from tests.ota import makers
from tests.personas import SYSTEM
from tests.servers.together import of, together

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 3


def tick(rollout: Rollout) -> Callable[[], Any]:
    return lambda: services.rollout_tick(rollout.pk)


def report(row: Assignment) -> Callable[[], Any]:
    word = Feedback(Execution.CLOSED, Finished.SUCCESS)
    return lambda: services.assignment_update(device=row.device, action_id=row.pk, feedback=word)


def busy() -> Counter[int]:
    """Assignments that each device works on."""
    working = Assignment.objects.filter(state__in=IN_FLIGHT)
    return Counter(working.values_list("device_id", flat=True))


def test_three_rollouts_to_the_same_devices_never_meet_on_one() -> None:
    group = makers.group(makers.devices(8))
    whole: dict[str, Any] = {"waves": [{"share_percent": 100}]}
    rollouts = [makers.rollout(makers.release(f"{n}.0"), group, **whole) for n in (1, 2, 3)]
    for _ in range(ROUNDS):
        answers = together([tick(rollout) for rollout in rollouts] * 2)
        assert answers == [None] * len(answers)
        assert busy()
        assert max(busy().values()) == 1
        offered = list(Assignment.objects.filter(state="offered").select_related("device"))
        calls = [report(row) for row in offered] + [tick(rollout) for rollout in rollouts]
        unexpected = [
            each
            for each in together(calls)
            if isinstance(each, Exception) and not isinstance(each, FleetError)
        ]
        assert not unexpected
    assert audit.verify().whole


def test_a_rollout_aborted_while_it_is_ticked_ends_with_nobody_at_work() -> None:
    rollout = makers.rollout(
        makers.release(), makers.group(makers.devices(12)), waves=[{"share_percent": 100}]
    )
    stop = [lambda: services.rollout_abort(by=SYSTEM, rollout=Rollout.objects.get(pk=rollout.pk))]
    answers = together([tick(rollout)] * 4 + stop * 2)
    # The second abort loses to the first one, or already sees what that one did.
    refused = [each for each in answers if isinstance(each, Exception)]
    assert (answers.count(None), of(Rollout, answers), len(refused)) == (4, 1, 1), answers
    assert isinstance(refused[0], Conflict)
    assert refused[0].reason in {"stale", "illegal_step"}
    services.rollout_tick(rollout.pk)
    assert Rollout.objects.get(pk=rollout.pk).state == "aborted"
    assert not Assignment.objects.filter(state__in=[*IN_FLIGHT, AssignmentState.PLANNED]).exists()


def test_devices_that_leave_while_all_work_on_them_have_nothing_open() -> None:
    members = makers.devices(8)
    rollout = makers.rollout(
        makers.release(), makers.group(members), waves=[{"share_percent": 100}]
    )
    services.rollout_tick(rollout.pk)
    offered = list(Assignment.objects.filter(state="offered").select_related("device"))
    leave = [leaves(device) for device in members]
    answers = together([tick(rollout)] * 2 + leave + [report(row) for row in offered])
    unexpected = [e for e in answers if isinstance(e, Exception) and not isinstance(e, FleetError)]
    assert not unexpected
    services.rollout_tick(rollout.pk)
    ends = Counter(Assignment.objects.values_list("state", flat=True))
    assert set(ends) <= {AssignmentState.SKIPPED, AssignmentState.SUCCEEDED}
    assert Rollout.objects.get(pk=rollout.pk).state == "done"


def test_a_device_that_says_all_at_once_is_heard_without_a_circle() -> None:
    _, rollout, row = makers.lonely()
    data = {"release": "rel_other", "version": "0.9"}
    config = [lambda: config_data_put(device=row.device, config=ConfigData(data))]
    answers = together([report(row), tick(rollout)] * 2 + config * 3)
    unexpected = [e for e in answers if isinstance(e, Exception) and not isinstance(e, FleetError)]
    assert not unexpected


def leaves(device: Device) -> Callable[[], Any]:
    return lambda: device_reject(device=Device.objects.get(pk=device.pk), by=SYSTEM)


def test_a_release_published_and_revoked_at_once_ends_in_one_state_with_one_entry_each() -> None:
    release = makers.release()
    acts = [lambda: services.release_revoke(by=SYSTEM, release=Release.objects.get(pk=release.pk))]
    answers = together(acts * 6)
    assert of(Release, answers) == 1, answers
    assert Release.objects.get(pk=release.pk).state == ReleaseState.REVOKED
    assert Approval.objects.count() == 1


def test_rollouts_that_share_no_device_do_not_wait_for_one_another() -> None:
    release = makers.release()
    whole: dict[str, Any] = {"waves": [{"share_percent": 100}]}
    groups = [makers.group(makers.devices(3, prefix=name), name) for name in ("left", "right")]
    slow, other = (makers.rollout(release, group, **whole) for group in groups)
    planned = list(Assignment.objects.filter(rollout=slow).values_list("pk", flat=True))
    with transaction.atomic():
        # Assigned, and not committed while the other one is ticked to its end.
        apply(Rollout.objects.get(pk=slow.pk), [Assign(pk) for pk in planned], clock.now())
        assert together([tick(other)]) == [None]
        assert Assignment.objects.filter(rollout=other, state="offered").count() == 3
    assert Assignment.objects.filter(rollout=slow, state="assigned").count() == 3
