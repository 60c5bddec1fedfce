"""Planning a rollout: the form, its preview, the start, and refusals."""

from ota.models import Rollout
from tests import personas
from tests.fleet.console.world import World
from tests.ota import makers


def plan(world: World, **fields: str) -> str:
    release, group = world.rollout.release.public_id, world.rollout.group.name
    chosen = {"release": release, "group": group, "policy": "canary", **fields}
    back = {"back": "/console/rollouts/new"}
    client = personas.client("operator")
    answer = client.post("/console/rollouts/create", back | chosen, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_plan_is_kept_as_a_draft(world: World) -> None:
    assert "Who takes part is decided at the start" in plan(world)
    assert Rollout.objects.filter(state="draft").count() == 1


def test_a_plan_is_started_at_once_when_asked(world: World) -> None:
    plan(world, start="yes", policy="all-at-once")
    made = Rollout.objects.exclude(pk=world.rollout.pk).get()
    assert (made.state, made.policy["name"]) == ("running", "all-at-once")


def test_wrong_choices_are_told_and_plan_nothing(world: World) -> None:
    assert "There is no policy" in plan(world, policy="wild")
    assert "There is no group" in plan(world, group="nobody")
    assert "There is no release" in plan(world, release="rel_0")
    assert Rollout.objects.count() == 1


def test_a_group_without_devices_is_told(world: World) -> None:
    makers.group([], name="empty")
    assert "has no accepted device" in plan(world, group="empty", start="yes")
    assert Rollout.objects.count() == 1


def test_the_preview_is_a_part_and_tells_the_waves(world: World) -> None:
    client = personas.client("operator")
    query = {"group": world.rollout.group.name, "policy": "steady"}
    part = client.get("/console/rollouts/new", query, headers={"HX-Request": "true"})
    text = part.content.decode()
    assert "<html" not in text
    assert "Wave 1 updates 2 devices" in text
    wrong = client.get("/console/rollouts/new", {"policy": "wild"}).content.decode()
    assert "There is no policy" in wrong
    lost = client.get("/console/rollouts/new", {"group": "nobody"}).content.decode()
    assert "There is no group" in lost


def test_those_who_may_not_start_see_no_form(world: World) -> None:
    del world
    text = personas.client("viewer").get("/console/rollouts/new").content.decode()
    assert "<select" not in text
