"""What is measured, in the order in which it is printed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from device_agent.protocol.frame import encode_frame
from fleet.access import audit
from fleet.devices.models import Device
from fleet.devices.tokens.issue import token_issue
from fleet.lib import clock
from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from ota import services
from ota.engine.decide import decide
from ota.models import Assignment, Release, Rollout
from ota.rollouts.apply import apply
from ota.rollouts.snapshot import take_snapshot
from ota.trust.signer.dispatch import instructions_sign
from ota.trust.signer.signing_request import release_listed
from tests.fleet.telemetry import world as telemetry
from tests.ota import makers
from tests.personas import SYSTEM
from tests.simulators.scale import wire, world
from tests.simulators.scale.meter import Cost, measure

POLLS = 200
LOOKS = 10
WINDOWS = 200
CAP = 1000  # devices that one tick takes


@dataclass(frozen=True)
class Row:
    """One line: what a thing costs for each of so many."""

    name: str
    cost: Cost
    each: int = 1


def rows(devices: int) -> Iterator[Row]:
    """Make a fleet and measure, one thing after the other."""
    yield Row("bare view", measure(wire.call("GET", "/bare"), POLLS, warm=20))
    release = makers.release("2.0")
    unit = telemetry.unit("cam-00")
    world.devices(unit.row, devices)
    yield from _polls(unit, "steady")
    yield from _windows(unit)
    yield from _rollout(unit, release)
    yield Row("overview page", measure(_page("/console/"), LOOKS, warm=2))
    yield Row("list of devices", measure(_page("/console/devices"), LOOKS, warm=2))
    yield Row("audit append", measure(_append, WINDOWS, warm=5))


def _polls(unit: telemetry.Unit, name: str) -> Iterator[Row]:
    yield Row(f"poll, {name}", measure(_poll(unit), POLLS, warm=20))
    _, secret = token_issue(holder=unit.row, by=SYSTEM)
    yield Row(f"poll, {name}, target token", measure(_poll(unit, secret), POLLS, warm=20))


def _poll(unit: telemetry.Unit, secret: str = "") -> Callable[[], bytes]:
    unit.machine.client()
    credential = f"TargetToken {secret}" if secret else f"DeviceToken {unit.machine.token}"
    return wire.call("GET", makers.base(unit.row), HTTP_AUTHORIZATION=credential)


def _windows(unit: telemetry.Unit) -> Iterator[Row]:
    telemetry.registered()
    waiting = [encode_frame(unit.frame(t_open_s=980)) for _ in range(WINDOWS)]
    path = f"/device/v1/telemetry/{unit.row.controller_id}"
    said = {"HTTP_AUTHORIZATION": f"DeviceToken {unit.machine.token}", "HTTP_X_UPTIME_NOW": "1000"}

    def one() -> None:
        wire.call("POST", path, waiting.pop(), CONTENT_TYPE="application/cbor", **said)()

    yield Row("a window", measure(one, WINDOWS - 5, warm=5))
    _many(unit)
    yield Row("sums of 1,000 windows, each", measure(rollups_refresh), 1000)


def _many(unit: telemetry.Unit) -> None:
    """A thousand windows of a hundred devices, as an hour brings them."""
    rollups_refresh()
    members = Device.objects.filter(pk__gt=unit.row.pk).order_by("pk")[:100]
    for row in members:
        other = telemetry.Unit(unit.machine, row, np.random.default_rng(row.pk))
        for _ in range(10):
            other.report()


def _rollout(unit: telemetry.Unit, release: Release) -> Iterator[Row]:
    made = makers.rollout(
        release,
        world.everybody(),
        start=False,
        waves=[{"share_percent": 100}],
        max_in_flight=CAP,
    )
    size = Device.objects.count()

    def start() -> None:
        services.rollout_start(by=SYSTEM, rollout=made)

    yield Row(f"start of a rollout over {size:,}", measure(start))
    _decided(made)
    yield Row("look at a rollout", measure(lambda: take_snapshot(_again(made)), LOOKS, warm=1))
    yield Row(f"a tick that assigns {CAP:,}", measure(lambda: _decided(made)))
    release_listed(release)  # is signed into the repository once, whatever the fleet's size
    yield Row(f"signing {CAP:,} instructions", measure(lambda: instructions_sign(made.pk)))
    offered = Assignment.objects.filter(rollout=made, state="offered").count()
    assert offered == min(CAP, size), offered
    mine = Assignment.objects.filter(device=unit.row)
    if not mine.filter(state="offered").exists():
        mine.update(latest=False)
        Assignment.objects.filter(pk=Assignment.objects.filter(state="offered")[:1]).update(
            device=unit.row
        )
    yield Row("poll, active", measure(_poll(unit), POLLS, warm=20))
    yield Row("look at it again", measure(lambda: take_snapshot(_again(made)), LOOKS, warm=1))


def _again(made: Rollout) -> Rollout:
    return Rollout.objects.select_related("release__version").get(pk=made.pk)


def _decided(made: Rollout) -> None:
    fresh, now = _again(made), clock.now()
    assert apply(fresh, decide(take_snapshot(fresh), now), now)


def _page(path: str) -> Callable[[], Any]:
    owner, _ = User.objects.get_or_create(username="owner", is_staff=True, is_superuser=True)
    browser = Client()
    browser.force_login(owner)
    return wire.call("GET", path, HTTP_COOKIE=browser.cookies.output(header="", sep=";").strip())


@transaction.atomic
def _append() -> None:
    audit.record(by=SYSTEM, action="tests.append", subject="dev_s1", detail={"why": "measured"})
