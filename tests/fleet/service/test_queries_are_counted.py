"""What calls cost in queries: a baseline for each, and no growth with the fleet.

A number here changes only with a reason: every device pays it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleet.access.models import AuditEntry
from fleet.lib import clock
from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from ota import services
from ota.engine.decide import decide
from ota.models import Assignment, Release, Rollout
from ota.rollouts.apply import apply
from ota.rollouts.snapshot import take_snapshot
from ota.trust.signer.dispatch import instructions_sign
from tests.fleet.telemetry import world as telemetry
from tests.ota import makers
from tests.personas import SYSTEM
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db
FEW, MANY = 3, 30
DEPLOYMENT, FEEDBACK, WINDOW, PAGE = 13, 14, 12, 12


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Any, settings: Any) -> None:
    """Keys of the test's own."""
    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"
    settings.EDGEFLEET_WORK_DIR = tmp_path / "work"


def queries(call: Callable[[], object]) -> int:
    """How many statements it sends, without those that only mark a place to go back to."""
    with CaptureQueriesContext(connection) as seen:
        call()
    words = [query["sql"].split(" ", 1)[0] for query in seen.captured_queries]
    return sum(word not in {"SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"} for word in words)


def decided(rollout: Rollout) -> None:
    """One look and what follows from it."""
    fresh, now = Rollout.objects.get(pk=rollout.pk), clock.now()
    assert apply(fresh, decide(take_snapshot(fresh), now), now)


def costs(release: Release, count: int) -> list[int]:
    """Of a start, a look, a tick that assigns, and signing, for a fleet of so many."""
    group = makers.group(makers.devices(count, prefix=f"of-{count}"), f"of-{count}")
    whole = [{"share_percent": 100}]
    rollout = makers.rollout(release, group, start=False, waves=whole, max_in_flight=count)
    start = queries(lambda: services.rollout_start(by=SYSTEM, rollout=rollout))
    decided(rollout)
    look = queries(lambda: take_snapshot(Rollout.objects.get(pk=rollout.pk)))
    tick = queries(lambda: decided(rollout))
    sign = queries(lambda: instructions_sign(rollout.pk))
    assert Assignment.objects.filter(rollout=rollout, state="offered").count() == count
    return [start, look, tick, sign]


def test_a_rollout_costs_as_many_for_few_devices_as_for_many() -> None:
    release = makers.release()
    costs(release, 1)  # the repository is signed once
    few, many = costs(release, FEW), costs(release, MANY)
    assert few == many
    assert AuditEntry.objects.exists()


def test_what_a_device_calls() -> None:
    device, _, assignment = makers.lonely()
    client, base = caller(device), makers.base(device)
    assert queries(lambda: client.get(base)) == 1
    assert queries(lambda: client.get(f"{base}/deploymentBase/{assignment.pk}")) <= DEPLOYMENT
    said = {"status": {"execution": "closed", "result": {"finished": "success"}}}
    post = f"{base}/deploymentBase/{assignment.pk}/feedback"
    assert queries(lambda: client.post(post, said, content_type="application/json")) <= FEEDBACK


def test_a_window_and_the_sums_of_many() -> None:
    telemetry.registered()
    unit = telemetry.unit()
    unit.post()
    assert queries(unit.post) <= WINDOW
    rollups_refresh()
    unit.report()
    one = queries(rollups_refresh)
    for _ in range(MANY):
        unit.report()
    assert queries(rollups_refresh) == one


def test_the_overview_and_the_list_of_devices() -> None:
    browser = Client()
    browser.force_login(User.objects.create(username="owner", is_staff=True, is_superuser=True))
    found = {}
    for count in (FEW, MANY):
        makers.devices(count, prefix=f"of-{count}")
        found[count] = [queries(partial(browser.get, at)) for at in PAGES]
    assert found[FEW] == found[MANY]
    assert max(found[MANY]) <= PAGE


PAGES = ("/console/", "/console/devices")
