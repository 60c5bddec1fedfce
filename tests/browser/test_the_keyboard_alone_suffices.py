"""Everything that a mouse does, the keyboard does: signing in, the menu, moving a rollout."""

import pytest

from tests import personas
from tests.browser.conftest import Watched
from tests.fleet.console.world import World

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery staple"


def test_the_keyboard_signs_in(watched: Watched, world: World) -> None:
    del world
    person = personas.user("operator")
    person.set_password(PASSWORD)
    person.save()
    watched.open("/console/")
    page = watched.page
    page.locator("#id_login").focus()
    page.keyboard.type("operator")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{watched.base}/console/")
    assert page.title() == "Overview | EdgeFleet"
    assert watched.complaints == []


def test_the_menu_opens_on_a_phone_without_a_mouse(admin: Watched) -> None:
    admin.page.set_viewport_size({"width": 390, "height": 844})
    admin.open("/console/")
    devices = admin.page.locator("#nav-sidebar a", has_text="Devices")
    assert not devices.is_visible()
    admin.page.locator("[aria-label=Menu]:visible").focus()
    admin.page.keyboard.press("Enter")
    devices.wait_for(state="visible")


def test_a_rollout_is_paused_by_its_button(admin: Watched, world: World) -> None:
    admin.open(f"/console/rollouts/{world.rollout.public_id}")
    admin.page.get_by_role("button", name="Pause").focus()
    admin.page.keyboard.press("Enter")
    admin.page.get_by_role("button", name="Resume").wait_for()
    world.rollout.refresh_from_db()
    assert world.rollout.state == "paused"


def test_everything_is_found_from_anywhere(admin: Watched, world: World) -> None:
    admin.open("/console/devices")
    page = admin.page
    page.keyboard.press("Control+k")
    page.locator("#search-input-command").wait_for(state="visible")
    page.keyboard.type(world.device.name)
    page.locator("#command-results-list a").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{admin.base}/console/devices/{world.device.public_id}")
    assert admin.complaints == []
