"""Every page of the manual opens, has a title, and names commands and settings that exist."""

import re
from pathlib import Path

import click
import pytest

from fleet.cli.__main__ import cli
from fleet.console.manual import FIRST, FOLDER, documents
from tests import personas
from tests.fleet.console.world import World

PICTURE = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")
COMMAND = re.compile(r"\bedgefleet (?!-)([a-z]+) ([a-z-]+)")
GUIDES = sorted(FIRST)


def test_every_page_opens(world: World) -> None:
    del world
    client = personas.client("viewer")
    for slug, page in documents().items():
        answer = client.get(f"/console/manual/{slug}")
        assert answer.status_code == 200, slug
        assert page.title
        assert "<h1>" in answer.content.decode(), slug


def test_guides_come_first_in_the_order_of_reading() -> None:
    assert tuple(documents())[: len(FIRST)] == FIRST
    assert list(documents())[-1].startswith("decisions/")


@pytest.mark.parametrize("slug", GUIDES)
def test_commands_in_guides_exist(slug: str) -> None:
    for group, command in COMMAND.findall((FOLDER / f"{slug}.md").read_text()):
        found = cli.commands.get(group)
        assert found is not None, group
        if isinstance(found, click.Group):
            assert command in found.commands, f"{group} {command}"


def test_templates_name_commands_that_exist() -> None:
    templates = Path(FOLDER).parent / "templates"
    for path in templates.rglob("*.html"):
        for group, command in COMMAND.findall(path.read_text()):
            assert command in getattr(cli.commands[group], "commands", {}), path.name


def test_every_picture_of_a_page_is_sent(world: World) -> None:
    del world
    client = personas.client("viewer")
    named = [(slug, one) for slug in documents() for one in _pictures(slug)]
    assert ("architecture", "pictures/rooms.svg") in named
    for slug, one in named:
        answer = client.get(f"/console/manual/{slug}".rpartition("/")[0] + f"/{one}")
        assert answer.status_code == 200, one
        assert answer["Content-Type"].startswith("image/")
        assert answer.content == (FOLDER / one).read_bytes()


def test_a_picture_that_is_not_there_is_said(world: World) -> None:
    del world
    answer = personas.client("viewer").get("/console/manual/pictures/..")
    assert answer.status_code == 404


def _pictures(slug: str) -> list[str]:
    return PICTURE.findall((FOLDER / f"{slug}.md").read_text())
