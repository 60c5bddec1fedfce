"""The matrix of devices: every route and method of the resolver x everybody who could call it.

Who is let in is told by what the device itself gets, with the same body, which does nothing.
"""

from typing import Any, Final

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from fleet.devices import presence
from fleet.urls import DEVICE_URLS
from tests.fleet.lib.rest.world import fingerprint
from tests.ota.ddi.callers import MAY, MAY_NOT, Scene

pytestmark = pytest.mark.django_db
METHODS: Final = ("get", "head", "post", "put", "patch", "delete")
# They prove themselves by a signature in the body; the repository is signed and open to all.
OPEN: Final = ("device/v1/enrol", "device/v1/challenge", "device/v1/session", "device/v1/key")
REPOSITORY: Final = "tuf/"
DOORS: Final = {401, 403, 410}


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.EDGEFLEET_TARGET_TOKENS = settings.EDGEFLEET_GATEWAY_TOKENS = True
    presence.flush()


def found(module: str) -> list[URLPattern]:
    return [p for p in get_resolver(module).url_patterns if isinstance(p, URLPattern)]


def view_of(pattern: URLPattern) -> Any:
    return getattr(pattern.callback, "view_class", getattr(pattern.callback, "cls", None))


ROUTES: Final = [
    (method, str(pattern.pattern))
    for module in DEVICE_URLS
    for pattern in found(module)
    for method in METHODS
    if hasattr(view_of(pattern), method)
]
CLOSED: Final = [(m, r) for m, r in ROUTES if r not in OPEN and not r.startswith(REPOSITORY)]


def test_the_walk_found_the_routes() -> None:
    assert len(CLOSED) > 20
    assert {route for _, route in ROUTES} >= set(OPEN)


def address(scene: Scene, route: str) -> str:
    """The route with the names of the scene's device and of what it has to do."""
    artifact = scene.assignment.artifact
    assert artifact is not None
    names = {
        "<str:tenant>": "default",
        "<str:controller_id>": scene.device.controller_id,
        "<int:action>": scene.assignment.pk,
        "<int:module>": artifact.pk,
        "<str:filename>": artifact.filename,
        "<str:sha256>": artifact.sha256,
        "<path:path>": f"{artifact.sha256}.{artifact.filename}",
        "<str:name>": "timestamp.json",
    }
    for name, value in names.items():
        route = route.replace(name, str(value))
    assert "<" not in route, route
    return f"/{route}"


def statuses(client: Client, scene: Scene, routes: list[tuple[str, str]]) -> dict[str, int]:
    """What each route answers to a body that means nothing."""
    client.raise_request_exception = False
    told = {}
    for method, route in routes:
        answer = getattr(client, method)(address(scene, route), content_type="application/json")
        answer.close()
        told[f"{method} {route}"] = answer.status_code
    return told


@pytest.mark.parametrize("caller", MAY_NOT)
def test_who_may_not_is_stopped_everywhere_and_changes_nothing(caller: str) -> None:
    scene = Scene.make()
    status, make = MAY_NOT[caller]
    client, before = make(scene), fingerprint()
    told = statuses(client, scene, CLOSED)
    assert told == dict.fromkeys(told, status)
    after = fingerprint()
    assert {name for name in after if after[name] != before[name]} <= {"AuditEntry", "AuditHead"}


@pytest.mark.parametrize("caller", MAY)
def test_who_may_is_let_in_everywhere(caller: str) -> None:
    scene = Scene.make()
    told = statuses(MAY[caller](scene), scene, CLOSED)
    assert not {route for route, status in told.items() if status in DOORS or status >= 500}
    reads = {route for route, status in told.items() if status == 200}
    assert len(reads) > len(told) / 3, told


@pytest.mark.parametrize("caller", MAY_NOT)
def test_joining_asks_for_a_signature_and_for_no_credential(caller: str) -> None:
    scene = Scene.make()
    client = MAY_NOT[caller][1](scene)
    before = fingerprint()
    told = statuses(client, scene, [("post", route) for route in OPEN])
    assert told == dict.fromkeys(told, 400)
    assert fingerprint() == before


@pytest.mark.parametrize("caller", MAY_NOT)
def test_files_of_the_repository_may_be_for_devices_only(caller: str, settings: Any) -> None:
    settings.EDGEFLEET_TUF_OPEN_TARGETS = False
    scene = Scene.make()
    artifact = scene.assignment.artifact
    assert artifact is not None
    client = MAY_NOT[caller][1](scene)
    client.raise_request_exception = False
    answer = client.get(f"/tuf/targets/{artifact.sha256}.{artifact.filename}")
    known = caller == "another device"  # any accepted device may
    assert answer.status_code in ({200, 404} if known else {401, 403, 404, 410}), answer
    answer.close()
