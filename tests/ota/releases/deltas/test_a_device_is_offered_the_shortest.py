"""A device is offered deltas of what it says it runs, the shortest first, and fetches them as it
fetches files; nobody else gets them.
"""

from typing import Any

import pytest
from django.test import Client

from device_agent.protocol.ddi import parse_deployment
from device_agent.protocol.delta.offer import MEMBER, DeltaOffer
from fleet.devices.models import Device
from ota.models import Assignment
from ota.releases.deltas.asking import WHOLE
from tests.ota import makers
from tests.ota.ddi import wire
from tests.ota.releases.deltas.scene import DeltaScene, ready, released, runs
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db


def artifact(scene: DeltaScene) -> Any:
    deployment = scene.client.get(wire.path(scene.assignment)).json()["deployment"]
    return deployment["chunks"][0]["artifacts"][0]


def offered(scene: DeltaScene) -> tuple[DeltaOffer, ...]:
    body = scene.client.get(wire.path(scene.assignment)).json()
    return parse_deployment(body).chunks[0].artifacts[0].deltas


def test_the_shortest_comes_first_and_the_whole_file_is_there() -> None:
    scene = ready()
    scene.begin()
    scene.made(WHOLE, b"some what longer")
    row = scene.made()
    told = artifact(scene)
    assert [each["source"] for each in told[MEMBER]] == [scene.old.sha256, WHOLE]
    assert told[MEMBER][0]["sha256"] == row.blob_id
    assert told["size"] == scene.new.size_bytes
    assert told["_links"]["download"]["href"].endswith(scene.new.filename)


def test_what_is_not_made_or_not_shorter_is_not_offered() -> None:
    scene = ready()
    scene.begin()
    assert MEMBER not in artifact(scene)
    scene.made(WHOLE, bytes(scene.new.size_bytes))
    assert MEMBER not in artifact(scene)


def test_a_device_that_runs_something_else_is_offered_the_compressed_file_alone() -> None:
    scene = ready()
    scene.begin()
    scene.made()
    scene.made(WHOLE)
    Device.objects.update(running={})
    assert [each.source for each in offered(scene)] == [WHOLE]


def test_devices_of_other_makes_and_behind_gateways_see_nothing_of_it() -> None:
    scene = ready()
    scene.begin()
    scene.made()
    gateway = makers.devices(1, prefix="gateway")[0]
    Device.objects.filter(pk=scene.device.pk).update(behind=gateway)
    assert MEMBER not in artifact(scene)


def test_a_rollout_may_want_no_deltas() -> None:
    scene = ready()
    scene.begin()
    scene.made()
    Assignment.objects.update(delivery={"deltas": "never"})
    assert MEMBER not in artifact(scene)


def test_what_is_missing_is_asked_for_when_a_device_needs_it() -> None:
    scene = ready()
    scene.begin()
    third = released("3.0")
    runs(scene.device, third)
    offered(scene)
    assert third.sha256 in scene.wanted()


def fetch(client: Client, href: str, **headers: str) -> Any:
    answer: Any = client.get(href, headers=headers)
    if answer.streaming:
        answer.data = b"".join(answer)
    return answer


def test_a_delta_is_downloaded_as_a_file_is() -> None:
    scene = ready()
    scene.begin()
    scene.made(data=b"a delta's bytes")
    (offer,) = offered(scene)
    whole = fetch(scene.client, offer.download)
    assert (whole.status_code, whole.data) == (200, b"a delta's bytes")
    rest = fetch(scene.client, offer.download, **{"range": "bytes=7-", "if-range": whole["ETag"]})
    assert (rest.status_code, rest.data) == (206, b"'s bytes")


def test_what_was_fetched_last_is_kept() -> None:
    scene = ready()
    scene.begin()
    row = scene.made()
    (offer,) = offered(scene)
    fetch(scene.client, offer.download)
    assert scene.assignment.delta == row
    fetch(scene.client, artifact(scene)["_links"]["download"]["href"])
    assert scene.assignment.delta is None


def test_nobody_gets_a_delta_of_what_it_does_not_run() -> None:
    scene = ready()
    scene.begin()
    scene.made()
    (offer,) = offered(scene)
    stranger = makers.devices(1, prefix="eve")[0]
    path = offer.download.replace(scene.device.controller_id, stranger.controller_id)
    assert fetch(caller(stranger), path).status_code == 404
    Device.objects.filter(pk=scene.device.pk).update(running={})
    assert fetch(scene.client, offer.download).status_code == 404
    assert Assignment.objects.filter(delta__isnull=False).count() == 0
