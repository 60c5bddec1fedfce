"""Every page opens for a viewer, leads nobody-in-particular to the login, and refuses strangers."""

import re

import pytest
from django.test import Client

from fleet.console.middleware import POLICY
from tests import personas
from tests.fleet.console.world import World

OUTSIDE = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""")


def test_a_viewer_sees_every_page_whole(world: World) -> None:
    client = personas.client("viewer")
    for address in world.pages():
        answer = client.get(address)
        assert answer.status_code == 200, address
        text = answer.content.decode()
        assert "</html>" in text
        assert "INVALID" not in text


def test_pages_need_nothing_from_elsewhere_and_no_script_in_the_page(world: World) -> None:
    client = personas.client("owner")
    for address in world.pages():
        answer = client.get(address)
        assert answer.headers["Content-Security-Policy"] == POLICY
        text = answer.content.decode()
        assert not OUTSIDE.search(text), address
        inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text)
        assert [tag for tag in inline if 'type="application/json"' not in tag] == [], address


def test_nobody_is_led_to_the_login_and_back(world: World) -> None:
    for address in world.pages():
        answer = Client().get(address)
        assert answer.status_code == 302, address
        assert answer.headers["Location"] == f"/console/login/?next={address}"


def test_a_stranger_is_refused_everywhere(world: World) -> None:
    client = personas.client("stranger")
    for address in world.pages():
        assert client.get(address).status_code == 403, address


@pytest.mark.parametrize(
    "address",
    [
        "models/none",
        "builds/bld_0",
        "devices/dev_0",
        "rollouts/rol_0",
        "incidents/inc_0",
        "manual/x",
    ],
)
def test_what_is_not_there_says_so(world: World, address: str) -> None:
    del world
    assert personas.client("viewer").get(f"/console/{address}").status_code == 404


def test_the_menu_leads_to_pages(world: World) -> None:
    del world
    text = personas.client("owner").get("/console/").content.decode()
    for title in ("Overview", "Registry", "Builds", "Devices", "Rollouts", "Incidents", "Manual"):
        assert title in text
