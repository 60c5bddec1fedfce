"""A version's page: aliases move by compare-and-set, builds start, releases are drafted."""

from typing import Any

import pytest

from builds.models import Build
from ota.models import Release
from registry.models import Alias
from tests import personas
from tests.fleet.console.world import World
from tests.ota import makers


def page_of(world: World) -> str:
    return f"/console/models/{world.version.model.name}/{world.version.number}"


def press(name: str, world: World, button: str, **fields: Any) -> str:
    """Press a button of the version's page and return what is shown then."""
    page = page_of(world)
    client = personas.client(name)
    answer = client.post(f"{page}/{button}", {"back": page, **fields}, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_an_engineer_points_an_alias_at_the_version(world: World) -> None:
    assert "production points at 1.0 now" in press("engineer", world, "alias", alias="production")
    assert Alias.objects.get(name="production").version == world.version


def test_an_alias_that_moved_meanwhile_stays(world: World) -> None:
    press("engineer", world, "alias", alias="production")
    text = press("engineer", world, "alias", alias="production", expected="7")
    assert "points at 1.0 now" not in text
    assert "The alias production points at version 1 now" in text
    assert Alias.objects.get(name="production").moves.count() == 1


def test_a_name_that_no_alias_may_have_is_refused(world: World) -> None:
    press("engineer", world, "alias", alias="Not A Name!")
    assert not Alias.objects.exists()


def test_an_engineer_starts_builds_of_the_ticked_targets(world: World) -> None:
    text = press("engineer", world, "build", targets=["linux-x86_64", "cortex-m4f"])
    assert "1 asked for, 1 found finished" in text
    assert Build.objects.filter(version=world.version, target="cortex-m4f").count() == 1


@pytest.mark.parametrize(
    ("targets", "sentence"),
    [([], "Name at least one target."), (["z80"], "z80")],
)
def test_what_cannot_be_built_is_told(world: World, targets: list[str], sentence: str) -> None:
    before = Build.objects.count()
    assert sentence in press("engineer", world, "build", targets=targets)
    assert Build.objects.count() == before


def test_an_operator_drafts_a_release_once(world: World) -> None:
    text = press("operator", world, "release", notes="again")
    assert "has a release already" in text
    Release.objects.filter(pk=world.rollout.release.pk).update(state="revoked")
    assert "Release of digits 1.0" in press("operator", world, "release", notes="again")
    assert Release.objects.filter(state="draft", notes="again").count() == 1


def test_buttons_show_to_those_who_may_press_them(world: World) -> None:
    engineer = personas.client("engineer").get(page_of(world)).content.decode()
    viewer = personas.client("viewer").get(page_of(world)).content.decode()
    assert "Start builds" in engineer
    assert "Start builds" not in viewer
    assert "New alias" not in viewer


def test_two_versions_are_compared(world: World) -> None:
    other = makers.version("2.0")
    client = personas.client("viewer")
    address = f"/console/models/{other.model.name}/{other.number}/compare"
    same = client.get(address, {"with": "2.0"}).content.decode()
    assert "Both are the same file." in same
    different = client.get(address, {"with": "1.0"}).content.decode()
    assert "1.0 against 2.0" in different
    assert "Both are the same file." not in different
    assert client.get(address, {"with": "9.9"}).status_code == 404
    assert client.get(address).status_code == 404


def test_an_engineer_asks_for_weights_apart(world: World) -> None:
    press("engineer", world, "build", targets=["cortex-m4f"], apart="on")
    build = Build.objects.get(version=world.version, target="cortex-m4f")
    assert build.recipe["weights"] == "apart"


def test_an_engineer_chooses_whose_arithmetic(world: World) -> None:
    press("engineer", world, "build", targets=["cortex-m4f"], arithmetic="litert")
    build = Build.objects.get(version=world.version, target="cortex-m4f")
    assert build.recipe["arithmetic"] == "litert"
