"""A passkey is added, and opens the console without a password, in a real browser."""

import pytest
from django.core.cache import cache

from fleet.access import services
from tests import personas
from tests.browser.conftest import Watched
from tests.fleet.console import world as worlds

pytestmark = pytest.mark.browser
RIGHT = "correct horse battery"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_opens_the_console(watched: Watched, world: worlds.World) -> None:
    del world
    cache.clear()
    services.user_create(username="ada", password=RIGHT, role="viewer", by=personas.SYSTEM)
    page = watched.page
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    line.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})

    watched.open("/console/account/factors/webauthn/add/")
    page.fill("input[name=login]", "ada")
    page.fill("input[name=password]", RIGHT)
    page.click("button[type=submit]:not([form])")
    page.fill("input[name=password]", RIGHT)  # again, as changes of factors ask for
    page.click("button[type=submit]:not([form])")
    page.check("input[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/factors/recovery-codes/**")

    page.context.clear_cookies()
    watched.open("/console/login/?next=/console/devices")
    page.click("#passkey_login")
    page.wait_for_url("**/console/devices")
    assert watched.complaints == []
    assert watched.outside == []
