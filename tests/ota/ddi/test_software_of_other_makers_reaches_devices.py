"""A release of modules: a chunk each, every file of it, and nothing that others were told."""

import hashlib
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from fleet.devices.models import Device
from ota import services
from ota.models import Assignment
from tests.ota import makers, software
from tests.ota.ddi import wire
from tests.personas import SYSTEM
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db


def deployment(client: Client, assignment: Assignment) -> Any:
    return client.get(wire.path(assignment)).json()["deployment"]


def fetched(client: Client, artifact: Any) -> bytes:
    path = urlsplit(artifact["_links"]["download-http"]["href"]).path
    answer: Any = client.get(path)
    assert answer.status_code == 200, path
    return b"".join(answer)


def test_each_module_is_a_chunk_with_its_files() -> None:
    system = software.module(("rootfs.swu", b"r" * 9), ("boot.swu", b"b" * 5))
    app = software.module(("app.bin", b"a" * 7), name="app", type="application")
    device, assignment = software.offered(system, app)
    client = caller(device)
    chunks = deployment(client, assignment)["chunks"]
    assert [(c["part"], c["name"], c["version"]) for c in chunks] == [
        ("os", "system", "1.0"),
        ("bApp", "app", "1.0"),
    ]
    files = [artifact for chunk in chunks for artifact in chunk["artifacts"]]
    assert [f["filename"] for f in files] == ["rootfs.swu", "boot.swu", "app.bin"]
    assert [fetched(client, f) for f in files] == [b"r" * 9, b"b" * 5, b"a" * 7]
    for f, data in zip(files, (b"r" * 9, b"b" * 5, b"a" * 7), strict=True):
        digests = {name: hashlib.new(name, data).hexdigest() for name in f["hashes"]}
        assert f["hashes"] == digests
        assert len(digests) == 3


def test_the_poll_names_no_instruction_for_it() -> None:
    device, assignment = software.offered(software.module())
    links = wire.links(caller(device), assignment)
    assert "deploymentBase" in links
    assert "instruction" not in links
    path = f"{makers.base(device)}/instruction/{assignment.pk}"
    assert caller(device).get(path).status_code == 404


def test_what_a_device_reports_moves_the_rollout() -> None:
    device, assignment = software.offered(software.module())
    client = caller(device)
    to = wire.path(assignment, "/feedback")
    assert wire.post(client, to, wire.said("closed", "success")).status_code == 200
    for _ in range(4):  # rounds of all its waves
        services.rollout_tick(assignment.rollout_id)
    assignment.rollout.refresh_from_db()
    assert assignment.rollout.state == "done"
    device.refresh_from_db()
    assert (device.running["model"], device.running["version"]) == ("gateway", "1.0")


def test_files_of_others_do_not_exist_for_a_device() -> None:
    device, assignment = software.offered(software.module())
    chunk = deployment(caller(device), assignment)["chunks"][0]
    path = urlsplit(chunk["artifacts"][0]["_links"]["download"]["href"]).path
    stranger = makers.devices(1, prefix="eve", target=device.target)[0]
    foreign = path.replace(device.controller_id, stranger.controller_id)
    assert caller(stranger).get(foreign).status_code == 404
    assert caller(device).get(path.replace("image.bin", "other.bin")).status_code == 404


def test_a_model_and_its_companion_come_together() -> None:
    version = makers.version()
    beside = software.module(("settings.tar", b"s" * 4), name="settings", type="config")
    made = services.release_create(by=SYSTEM, version=version, modules=[beside])
    services.release_approve(by=SYSTEM, release=made)
    services.release_publish(by=SYSTEM, release=made)
    device = makers.devices(1)[0]
    rollout = makers.rollout(made, makers.group([device]))
    services.rollout_tick(rollout.pk)
    assignment = Assignment.objects.get(rollout=rollout)
    chunks = deployment(caller(device), assignment)["chunks"]
    assert [chunk["part"] for chunk in chunks] == ["bApp", "config"]
    assert "instruction" in wire.links(caller(device), assignment)


def test_a_board_gets_its_own_modules_only() -> None:
    for_all = software.module(("all.bin", b"1"), name="all")
    mine = software.module(("mine.bin", b"2"), name="mine", target="board-a")
    other = software.module(("other.bin", b"3"), name="other", target="board-b")
    device, assignment = software.offered(for_all, mine, other, target="board-a")
    names = [c["name"] for c in deployment(caller(device), assignment)["chunks"]]
    assert names == ["all", "mine"]


def test_a_device_that_it_is_not_compatible_with_is_left_out_and_told_why() -> None:
    only = software.module(compatible="rev=2")
    fitting, other = makers.devices(2, target="foreign")
    Device.objects.filter(pk=fitting.pk).update(labels={"rev": "2"})
    rollout = makers.rollout(software.release(only), makers.group([fitting, other]))
    services.rollout_tick(rollout.pk)
    rows = {row.device_id: row for row in Assignment.objects.filter(rollout=rollout)}
    assert rows[fitting.pk].state == "offered"
    assert rows[other.pk].state == "skipped"
    assert rows[other.pk].text == "system 1.0 is only for devices with rev=2"
