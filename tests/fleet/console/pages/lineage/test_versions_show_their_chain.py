"""A version's page leads to all that it came from and all that came of it; runs have a page."""

from typing import Any
from xml.etree import ElementTree

import pytest

from builds.models import Build
from fleet.console.svg.flow import FlowBox, FlowColumn, flow
from fleet.devices.models import Device
from fleet.lib.actor import system
from registry.models import ModelVersion, Run, VersionOrigin
from registry.tracking import experiments, runs
from registry.tracking.runs import MetricNews, News
from tests import personas
from tests.fleet.console.world import World

pytestmark = pytest.mark.django_db
BY = system("tests")


@pytest.fixture
def trained(world: World) -> Run:
    run = runs.run_create(
        experiment=experiments.experiment_named("Default"),
        name="night <3>",
        tags={},
        started_ms=1000,
        by=BY,
    )
    values: tuple[float | str, ...] = (1.0, 0.5, "NaN", 0.25)
    points = [MetricNews("loss", value, step, 0) for step, value in enumerate(values)]
    runs.run_log(run=run, news=News(params={"rate": "0.01"}, points=points))
    runs.run_note(run=run, inputs=[{"name": "digits of May", "digest": "abc"}])
    VersionOrigin.objects.create(version=world.version, run=run, source="runs:/x/model")
    run.refresh_from_db()
    return run


def page(address: str, who: str = "viewer") -> str:
    answer = personas.client(who).get(address)
    assert answer.status_code == 200, answer.content[:300]
    return str(answer.content.decode())


def of(version: ModelVersion) -> str:
    return f"/console/models/{version.model.name}/{version.number}"


def test_the_chain_is_clickable_from_training_to_devices(world: World, trained: Run) -> None:
    Device.objects.filter(pk=world.device.pk).update(
        running={"model": world.version.model.name, "version": world.version.label}
    )
    html = page(of(world.version))
    assert "digits of May" in html
    assert f"/console/runs/{trained.public_id}" in html
    assert f"/console/builds/{Build.objects.get().public_id}" in html
    assert f"/console/releases/{world.rollout.release.public_id}" in html
    assert "1 run it" in html
    assert "night &lt;3&gt;" in html
    assert "<3>" not in html


def test_a_run_shows_what_it_was_told_and_leads_to_its_versions(world: World, trained: Run) -> None:
    html = page(f"/console/runs/{trained.public_id}")
    assert "loss over its steps" in html
    assert "0.25" in html
    assert of(world.version) in html
    assert personas.client("viewer").get("/console/runs/none").status_code == 404


def test_versions_that_are_ticked_stand_side_by_side(world: World) -> None:
    name = world.version.model.name
    address = f"/console/models/{name}/compare"
    same = page(f"{address}?versions=1&versions={world.version.label}&all")
    assert "All facts" in same
    assert "Both are the same file." in same
    alone = personas.client("viewer").get(address, {"versions": "1"})
    assert "Tick 2 to 12 versions" in alone.content.decode()
    assert 'name="versions" value="1"' in page(f"/console/models/{name}")


def test_the_picture_is_sound_whatever_the_names() -> None:
    columns = [
        FlowColumn("A & B", (FlowBox("a", "<x>" * 20, '"', "/a?b=1&c=2"),)),
        FlowColumn("none", ()),
        FlowColumn("C", (FlowBox("c", "c"), FlowBox("d", "d"))),
    ]
    drawn = flow("a < b", columns, [("a", "c"), ("a", "missing")])
    root = ElementTree.fromstring(drawn)
    kinds: list[Any] = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert (kinds.count("path"), kinds.count("a"), kinds.count("rect")) == (1, 1, 3)
    assert drawn == flow("a < b", columns, [("a", "c"), ("a", "missing")])
