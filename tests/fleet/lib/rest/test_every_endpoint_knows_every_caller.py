"""The matrix: every endpoint of the resolver x everybody who could call it.

What an endpoint asks for is told here once more, by its noun, and not read from the view. Who may
call is told by its answer that the members sent are unknown, so that nothing is done; who may not
learns nothing and changes nothing.
"""

from collections.abc import Callable
from typing import Any, Final

import pytest

from fleet.access.rules.roles import SCOPES
from tests.fleet.lib.rest import callers
from tests.fleet.lib.rest.callers import Caller
from tests.fleet.lib.rest.world import Endpoint, World, fingerprint

AREAS: Final = {
    "audit": "access",
    "publishers": "access",
    "versions-compare": "builds",
    "models": "registry",
    "versions": "registry",
    "datasets": "registry",
    "blobs": "registry",
    "tombstones": "registry",
    "targets": "builds",
    "builds": "builds",
    "artifacts": "builds",
    "signing-keys": "builds",
    "devices": "devices",
    "device-filters": "devices",
    "groups": "devices",
    "enrolment-codes": "devices",
    "devices-change": "devices",
    "group-preview": "devices",
    "incidents": "telemetry",
    "rules": "telemetry",
    "destinations": "telemetry",
    "deliveries": "telemetry",
    "telemetry": "telemetry",
    "releases": "ota",
    "policies": "ota",
    "rollouts": "ota",
    "checks": "ota",
    "rollout-plan": "ota",
    "shadows": "ota",
    "software": "ota",
    "captures": "telemetry",
}
# What is told about a device by rollouts.
OF_ROLLOUTS: Final = ("/assignments/", "/explanation/", "/penalty/", "/ran/")
APPROVALS: Final = (("releases", "approve"), ("rollouts", "approvals"))
# Everybody who is signed in may know who they are and how the service is spoken to.
SIGNED_IN: Final = ("whoami", "schema", "docs")
# A job of CI shows a signed identity, whoever it is beside that.
SHOWS_ITSELF: Final = "api/v1/identity/token/"
# Nobody told of it.
NOT_YET: Final = ("/drift/", "/windows/", "/statement/", "telemetry/devices/<str:public_id>/")
# Of a rollout that has begun there is a report, and no plan any longer.
BEGUN: Final = ("/plan/",)
# Reading that cannot do without a parameter.
ASKS: Final = ("/compare/", "/group-preview/", "/versions-compare/", "/ran/")
EVERY_METHOD: Final = ("get", "post", "put", "patch", "delete")
DOORS: Final = (401, 403)
NOT_MEANT: Final = {"there is no such member": 1}


def scope_of(endpoint: Endpoint) -> str | None:
    """Return what an endpoint asks for, as the manual's table of scopes tells it."""
    noun = endpoint.route.removeprefix("api/v1/").partition("/")[0]
    if noun in SIGNED_IN or endpoint.route == SHOWS_ITSELF:
        return None
    if noun == "tokens":
        return "access.tokens"
    if endpoint.method == "post" and (noun, endpoint.route.split("/")[-2]) in APPROVALS:
        return "ota.approve"
    if noun == "checks" and endpoint.route.endswith("/answer/"):
        return "ota.check"
    area = "ota" if endpoint.route.endswith(OF_ROLLOUTS) else AREAS[noun]
    return f"{area}.{'read' if endpoint.method == 'get' else 'write'}"


def door(caller: Caller, endpoint: Endpoint) -> int | None:
    """Return the status that stops a caller, or None where it may go in."""
    if endpoint.route == SHOWS_ITSELF:
        return None
    if caller.scopes is None:
        return 401
    scope = scope_of(endpoint)
    return None if scope is None or scope in caller.scopes else 403


def call(client: Any, endpoint: Endpoint) -> Any:
    sent = {} if endpoint.method == "get" else {"data": NOT_MEANT, "format": "json"}
    answer = getattr(client, endpoint.method)(endpoint.path, **sent)
    answer.close()
    return answer


KINDS: Final[dict[str, Callable[[World], list[Caller]]]] = {
    "people": lambda _: callers.people(),
    "narrow tokens": lambda _: callers.narrow_tokens(),
    "dead tokens": lambda _: callers.dead_tokens(),
    "machines": callers.machines,
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_caller_meets_the_doors_that_it_should(kind: str, world: World, settings: Any) -> None:
    settings.EDGEFLEET_TARGET_TOKENS = settings.EDGEFLEET_GATEWAY_TOKENS = True
    everybody = KINDS[kind](world)
    before = fingerprint()
    for caller in everybody:
        with caller.calling() as client:
            for endpoint in world.endpoints(*EVERY_METHOD):
                answer, wanted = call(client, endpoint), door(caller, endpoint)
                told = (caller.name, str(endpoint), answer.status_code)
                if wanted is not None:
                    assert answer.status_code == wanted, told
                    assert answer["Content-Type"] == "application/problem+json", told
                else:
                    assert answer.status_code not in DOORS, told
                    assert answer.status_code < 500, told
    assert unchanged(before, fingerprint())


def unchanged(before: dict[str, str], after: dict[str, str]) -> bool:
    """Tell whether all is as before; that somebody was refused may be written down."""
    return {n for n in after if before[n] != after[n]} <= {"AuditEntry", "AuditHead"}


def test_every_noun_is_known(world: World) -> None:
    for endpoint in world.endpoints(*EVERY_METHOD):
        assert scope_of(endpoint) in {None, *SCOPES}, str(endpoint)


def test_who_may_write_is_told_what_is_unknown(world: World) -> None:
    """So an endpoint that answers 404 or 409 to all does not pass for an open one."""
    _, _, _, _, admin = callers.people()
    for endpoint in world.endpoints("post", "put", "patch", "delete"):
        assert call(admin.client, endpoint).status_code in {400, 415}, str(endpoint)
    for endpoint in world.endpoints("get"):
        wanted = {200, 400} if endpoint.route.endswith(ASKS) else {200}
        wanted |= {404} if endpoint.route.endswith(NOT_YET) else set()
        wanted = {409} if endpoint.route.endswith(BEGUN) else wanted
        assert call(admin.client, endpoint).status_code in wanted, str(endpoint)
