"""Every page and record of the resolver that takes a form meets what no form sends: none breaks.

With the names of real rows, as the owner; a page may refuse with any sentence, but not with a 5xx.
"""

import re
from typing import Any, Final

import pytest
from django.test import Client

from tests import personas
from tests.fleet.access.test_every_url_refuses_who_it_should import CONSOLE, sample
from tests.fleet.lib.rest.conftest import world
from tests.fleet.lib.rest.world import World

__all__ = ["world"]
FORM: Final = "application/x-www-form-urlencoded"
PARTS: Final = "multipart/form-data; boundary=x"
FIELDS: Final = (
    "name", "note", "text", "labels", "query", "alias", "version", "target", "optimise", "policy",
    "group", "release", "uses", "days", "reason", "public_key", "controller_id", "signature",
    "canary", "expected", "weights", "vectors", "number", "file", "action", "_selected_action",
)  # fmt: skip
VALUES: Final = (
    b"", b"%00", b"a%00b", b"%ED%A0%80", b"%FF%FE", b"9" * 400, b"-1", b"NaN", b"1e999",
    b"[" * 5_000, b"x" * 70_000, b"%3Cscript%3E", b"0x10", b"%F0%9F%98%80", b"../../etc/passwd",
)  # fmt: skip
BODIES: Final[dict[str, tuple[str, bytes]]] = {
    **{
        f"value {number}": (FORM, b"&".join(name.encode() + b"=" + value for name in FIELDS))
        for number, value in enumerate(VALUES)
    },
    "many fields": (FORM, b"&".join(b"f%d=1" % number for number in range(2_000))),
    "names of NUL": (FORM, b"%00=1&a%00b=2"),
    "parts cut off": (PARTS, b"--x\r\nContent-Disposition: form-data; name="),
    "parts without an end": (PARTS, b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\na'),
    "no boundary": ("multipart/form-data", b"--x"),
    "JSON": ("application/json", b"[" * 5_000),
    "no type": ("", b"name=x"),
    "an unknown character set": (f"{FORM}; charset=nothing", b"name=x"),
}


RECORDS: Final = [route for route in CONSOLE if "records/" in route and "logout" not in route]
PAGES: Final = [route for route in CONSOLE if route not in RECORDS]


def named(route: str, world: World) -> str:
    """Return the address of a page with real names, where rows of that noun are known."""
    noun = route.removeprefix("console/").partition("/")[0]
    noun = {"codes": "enrolment-codes"}.get(noun, noun)
    if "devices/codes" in route or "devices/groups" in route:
        noun = "groups" if "groups" in route else "enrolment-codes"
    names = world.names.get(noun, {})
    found = re.sub(
        r"<(?:\w+:)?(\w+)>", lambda match: str(names.get(match[1], match[0])), f"/{route}"
    )
    return sample(found)[1:]


@pytest.fixture
def owner(world: World) -> Client:
    del world
    person = personas.user("owner")
    person.is_superuser = True
    person.save()
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


def answers(client: Client, routes: list[str], world: World, body: str) -> dict[str, int]:
    kind, data = BODIES[body]
    return {
        route: client.generic("POST", named(route, world), data, kind).status_code
        for route in routes
    }


@pytest.mark.parametrize("body", BODIES)
def test_every_page_answers_what_no_form_sends(body: str, world: World, owner: Client) -> None:
    told = answers(owner, PAGES, world, body)
    assert {route: status for route, status in told.items() if status >= 500} == {}


@pytest.mark.parametrize("body", ["value 2", "parts cut off", "many fields"])
def test_every_record_answers_what_no_form_sends(body: str, world: World, owner: Client) -> None:
    told = answers(owner, RECORDS, world, body)
    assert {route: status for route, status in told.items() if status >= 500} == {}


def test_real_names_are_found(world: World, owner: Client) -> None:
    found = [owner.get(named(route, world)).status_code for route in CONSOLE if "<" in route]
    assert found.count(200) > 8


def test_parameters_that_mean_nothing_break_no_page(world: World, owner: Client) -> None:
    odd = ("%00", "%ED%A0%80", "%FF", "9" * 400, "-1", "[" * 300, "a=b=c")
    names = ("q", "page", "cursor", "with", "group", "policy", "shared", "o", "p", "search", "_x")
    for route in PAGES:
        for value in odd:
            query = "&".join(f"{name}={value}" for name in names)
            answer: Any = owner.get(f"{named(route, world)}?{query}")
            assert answer.status_code < 500, (route, value, answer.status_code)
