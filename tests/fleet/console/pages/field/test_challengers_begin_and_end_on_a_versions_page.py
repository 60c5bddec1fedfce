"""A challenger is begun and stopped where its version is shown, within budgets."""

from typing import Any

from ota.models import Shadow, ShadowCount
from tests import personas
from tests.fleet.console.typed import value_of
from tests.fleet.console.world import World
from tests.ota import makers

BUDGET = {"every": "25", "time_ms": "500", "memory_mib": "128", "hours": "12"}


def address(world: World) -> str:
    return f"/console/models/{world.version.model.name}/{world.version.number}"


def start(world: World, **changes: str) -> Any:
    given = {
        "back": address(world),
        "release": world.rollout.release.public_id,
        "group": world.rollout.group.name,
        **BUDGET,
        **changes,
    }
    return personas.client("operator").post(f"{address(world)}/challenger", given, follow=True)


def shown(world: World, who: str = "operator") -> str:
    return str(personas.client(who).get(address(world)).content.decode())


def test_it_is_begun_shown_and_stopped(world: World) -> None:
    start(world)
    shadow = Shadow.objects.get()
    assert (shadow.every, shadow.time_ms, shadow.memory_mib) == (25, 500, 128)
    assert "1 in 25" in shown(world)
    stop = f"/console/challengers/{shadow.public_id}/stop"
    assert personas.client("viewer").post(stop).status_code == 403
    assert personas.client("operator").post(stop).status_code == 302
    shadow.refresh_from_db()
    assert (shadow.state, shadow.stopped_by) == ("stopped", "operator")
    assert "stopped by operator" in shown(world)


def test_a_refused_form_keeps_what_was_typed(world: World) -> None:
    answer = start(world, every="0", memory_mib="777")
    page = answer.content.decode()
    assert "Every: Ensure this value is greater than or equal to 1." in page
    assert 'id="wrong-every" role="alert"' in page
    assert value_of(page, "memory_mib") == "777"
    assert '<details open=""><summary>Run it beside' in page
    assert not Shadow.objects.exists()


def test_a_group_with_a_challenger_takes_no_second(world: World) -> None:
    start(world)
    answer = start(world)
    assert "stop it first" in answer.content.decode()


def test_what_ran_is_a_matrix_on_the_page(world: World) -> None:
    start(world)
    champion = makers.version("0.9", targets=())
    ShadowCount.objects.create(
        shadow=Shadow.objects.get(),
        device=world.device,
        champion=champion,
        boot_id=1,
        seq=1,
        state="running",
        ran=100,
        agreed=90,
        pairs=[[0, 0, 90], [0, 1, 10]],
    )
    page = shown(world)
    assert "Beside 0.9" in page
    assert "90.0 % of 100 inferences on 1 device" in page
    assert "champion, challenger" in page


def test_who_may_only_look_is_offered_nothing(world: World) -> None:
    start(world)
    page = shown(world, "viewer")
    assert "1 in 25" in page
    assert "Stop it now" not in page
    assert "Run it beside" not in page
