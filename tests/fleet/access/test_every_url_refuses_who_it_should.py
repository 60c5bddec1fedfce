"""The matrix: every URL of the resolver, every method, without a credential and without a role.

A new view is covered the moment it has a route. What is open on purpose is listed here as data.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from fleet.access.rest.permissions import Scoped, scope_needed
from registry.mlflow.base import ReadingView
from tests import personas

pytestmark = pytest.mark.django_db
METHODS: Final = ("get", "post", "put", "patch", "delete")

# Answers without a login: monitors, the way to the login, the browser's language catalogue.
OPEN: Final = (
    r"^$",
    r"livez",
    r"readyz",
    r"metrics",
    r"console/(records/)?login/",
    r"console/(records/)?logout/",
    r"console/(records/)?jsi18n/",
    r"console/account/(signup|inactive|logout|sso|oidc)/",
    r"console/account/factors/(authenticate|webauthn/login)/",
)
# Devices speak here: public, or with their own credential (tests/fleet/devices, tests/ota/ddi).
DEVICE: Final = (
    r"device/v1/",
    r"<tenant>/",
    r"<str:tenant>/",
    r"<slug:tenant>/",
    r"default/",
    r"tuf/",
)
# hawkBit's tools speak here, where it is switched on (tests/ota/hawkbit has every caller).
MANAGEMENT: Final = (r"rest/v1/",)
# MLflow's client asks by POST what changes nothing (`ReadingView`), and sends no Idempotency-Key.
TRACKING: Final = r"api/2\.0/mlflow"
# Any signed-in caller may ask: no scope needed.
SIGNED_IN: Final = ("api/v1/whoami/", "api/v1/schema/", "api/v1/docs/")
# A CI job shows a signed identity here, and nothing else (tests/fleet/access/trusted).
IDENTITY: Final = "api/v1/identity/token/"

SAMPLES: Final = {
    "int": "1",
    "str": "x",
    "slug": "x",
    "path": "x",
    "uuid": "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
}


def routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = prefix + _route(pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route, pattern


def _route(pattern: URLPattern | URLResolver) -> str:
    """Return the text of a route; a regular expression of the admin becomes a harmless sample."""
    text = str(pattern.pattern)
    return "x/" if text.startswith(("(?P<", "^(?P<")) else text.strip("^$")


def sample(route: str) -> str:
    """Return a path that the route matches."""
    return "/" + re.sub(
        r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1] or "str", "x"), route
    )


def matches(route: str, expressions: tuple[str, ...]) -> bool:
    return any(re.match(expression, route) for expression in expressions)


ROUTES: Final = dict(routes(get_resolver().url_patterns))
API: Final = sorted(route for route in ROUTES if route.startswith("api/"))
CLOSED: Final = sorted(set(API) - {*SIGNED_IN, IDENTITY})
CONSOLE: Final = sorted(
    route
    for route in ROUTES
    if not route.startswith("api/") and not matches(route, OPEN + DEVICE + MANAGEMENT)
)


def test_the_walk_found_the_api_and_the_console() -> None:
    assert {"api/v1/tokens/", "api/v1/audit/", "api/v1/whoami/"} <= set(API)
    assert CONSOLE


@pytest.mark.parametrize("route", sorted({*API} - {IDENTITY}))
def test_the_api_refuses_the_anonymous(route: str) -> None:
    client = personas.client("anonymous")
    for method in METHODS:
        answer = getattr(client, method)(sample(route))
        assert answer.status_code in {401, 405}, (method, answer.content[:300])


@pytest.mark.parametrize("route", CLOSED)
def test_the_api_refuses_an_account_without_a_role(route: str) -> None:
    client = personas.client("stranger")
    for method in METHODS:
        answer = getattr(client, method)(sample(route))
        assert answer.status_code in {403, 405}, (method, answer.content[:300])


@pytest.mark.parametrize("route", CLOSED)
def test_every_api_view_names_its_scope(route: str) -> None:
    view = ROUTES[route].callback.cls  # type: ignore[attr-defined]
    assert Scoped in view.permission_classes, f"{view} replaced the default permission"
    for method in ("GET", "POST"):
        assert scope_needed(view, method) in _scopes(), f"{view} names no scope"


def _scopes() -> frozenset[str]:
    from fleet.access.rules.roles import SCOPES

    return frozenset(SCOPES)


@pytest.mark.parametrize("route", CLOSED)
def test_a_viewer_changes_nothing(route: str) -> None:
    allowed = {403, 405}
    if scope_needed(ROUTES[route].callback.cls, "POST") == "access.tokens":  # type: ignore[attr-defined]
        allowed |= {400, 404}  # everybody with a role keeps their own tokens
    client = personas.client("viewer")
    asks = issubclass(ROUTES[route].callback.cls, ReadingView)  # type: ignore[attr-defined]
    for method in METHODS[2:] if asks else METHODS[1:]:
        answer = getattr(client, method)(sample(route))
        assert answer.status_code in allowed, (method, answer.content[:300])


@pytest.mark.parametrize("route", CONSOLE)
def test_the_console_sends_the_anonymous_to_the_login(route: str) -> None:
    answer = Client().get(sample(route))
    login = answer.headers.get("Location", "").partition("?")[0].endswith("/login/")
    assert answer.status_code in {401, 403, 405} or (answer.status_code == 302 and login), answer


@pytest.mark.parametrize("route", [route for route in ROUTES if matches(route, MANAGEMENT)])
def test_the_management_api_is_not_there_unless_it_is_switched_on(route: str) -> None:
    assert Client().get(sample(route)).status_code == 404


@pytest.mark.parametrize(
    "route", [route for route in API if not re.match(TRACKING, route) and route != IDENTITY]
)
def test_every_post_may_be_sent_twice(route: str) -> None:
    view = getattr(ROUTES[route].callback, "cls", None)
    post = getattr(view, "post", None)
    assert post is None or getattr(post, "idempotent", False), f"{view}.post lacks @idempotent"


# The manual holds nothing of the fleet: every signed-in person may read it.
MANUAL: Final = (r"console/manual",)
# One's own factors and sessions: every account has some.
OWN: Final = (r"console/account/",)
RECORDS: Final = [r for r in CONSOLE if re.fullmatch(r"console/records/(?!password)\w+/\w+/", r)]
PAGES: Final = [r for r in CONSOLE if "records/" not in r and not matches(r, MANUAL + OWN)]


@pytest.mark.parametrize("route", PAGES + RECORDS)
def test_the_console_refuses_an_account_without_a_role(route: str) -> None:
    browser = Client()
    browser.force_login(personas.user("stranger"))
    assert browser.get(sample(route)).status_code in {403, 404, 405}
    assert browser.post(sample(route)).status_code in {403, 404, 405}


@pytest.mark.parametrize("route", [route for route in PAGES if "<slug:verb>" in route])
def test_a_viewer_moves_nothing_in_the_console(route: str) -> None:
    browser = Client()
    browser.force_login(personas.user("viewer"))
    assert browser.post(sample(route)).status_code in {403, 404}


@pytest.mark.parametrize("route", RECORDS)
def test_the_records_are_for_staff_only(route: str) -> None:
    person = personas.user("viewer")
    person.is_staff = False
    person.save()
    browser = Client()
    browser.force_login(person)
    answer = browser.get(sample(route))
    assert answer.status_code == 302
    assert "/login/" in answer.headers["Location"]
