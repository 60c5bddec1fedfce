"""The console knows sessions of people and nothing else: whatever else is sent counts for nothing.

Every page of the resolver x every credential of programs, devices and gateways, good and bad ones.
"""

from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.fleet.access.test_every_url_refuses_who_it_should import CONSOLE, sample
from tests.fleet.lib.rest import callers
from tests.fleet.lib.rest.callers import Caller
from tests.fleet.lib.rest.conftest import world
from tests.fleet.lib.rest.world import World, fingerprint

__all__ = ["world"]
KINDS: Final[dict[str, Callable[[World], list[Caller]]]] = {
    "a good token": lambda _: [callers.token_of_everything()],
    "dead tokens": lambda _: callers.dead_tokens(),
    "machines": callers.machines,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_sends_it_to_the_login(kind: str, world: World, settings: Any) -> None:
    settings.EDGEFLEET_TARGET_TOKENS = settings.EDGEFLEET_GATEWAY_TOKENS = True
    everybody = KINDS[kind](world)
    before = fingerprint()
    for caller in everybody:
        with caller.calling() as client:
            for route in CONSOLE:
                for method in (client.get, client.post):
                    answer = method(sample(route))
                    login = answer.headers.get("Location", "").partition("?")[0].endswith("/login/")
                    closed = answer.status_code in {401, 403, 405}
                    assert closed or (answer.status_code == 302 and login), (caller.name, route)
    assert fingerprint() == before
