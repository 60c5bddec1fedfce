"""A release's page: approve, publish, revoke, and what speaks against it in words."""

from ota import services
from ota.models import Release
from tests import personas
from tests.fleet.console.world import World
from tests.ota import makers
from tests.personas import SYSTEM


def draft() -> Release:
    return services.release_create(by=SYSTEM, version=makers.version("2.0"))


def press(name: str, release: Release, button: str, **fields: str) -> str:
    page = f"/console/releases/{release.public_id}"
    client = personas.client(name)
    answer = client.post(f"{page}/{button}", {"back": page, **fields}, follow=True)
    assert answer.status_code == 200
    release.refresh_from_db()
    return str(answer.content.decode())


def test_an_operator_approves_with_a_remark(world: World) -> None:
    del world
    release = draft()
    assert "seen on the bench" in press("operator", release, "approve", remark="seen on the bench")
    assert release.state == "approved"


def test_a_draft_is_not_published_before_it_is_approved(world: World) -> None:
    del world
    release = draft()
    assert "not possible in state draft" in press("operator", release, "publish")
    assert release.state == "draft"


def test_a_release_that_still_spreads_is_not_revoked(world: World) -> None:
    release = world.rollout.release
    assert "still spreads it" in press(
        "operator", release, "revoke", yes="yes", typed=release.title, reason="worse"
    )
    assert release.state == "published"


def test_a_release_that_nobody_spreads_is_revoked(world: World) -> None:
    del world
    release = draft()
    assert "No new rollout can take it" in press(
        "operator", release, "revoke", yes="yes", typed=release.title, reason="worse"
    )
    assert release.state == "revoked"


def test_the_page_says_what_speaks_against_publishing(world: World) -> None:
    release = services.release_create(by=SYSTEM, version=makers.version("3.0", targets=()))
    text = personas.client("operator").get(f"/console/releases/{release.public_id}")
    assert "no target has a finished build to release" in text.content.decode()
    del world


def test_buttons_show_to_those_who_may_press_them(world: World) -> None:
    page = f"/console/releases/{world.rollout.release.public_id}"
    operator = personas.client("operator").get(page).content.decode()
    engineer = personas.client("engineer").get(page).content.decode()
    assert ">Revoke<" in operator
    assert "Plan a rollout" in operator
    assert ">Revoke<" not in engineer
    assert "Plan a rollout" not in engineer


def test_an_unknown_verb_is_not_there(world: World) -> None:
    page = f"/console/releases/{world.rollout.release.public_id}"
    assert personas.client("owner").post(f"{page}/explode").status_code == 404
