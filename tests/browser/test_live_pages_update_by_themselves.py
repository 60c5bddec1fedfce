"""A page that shows something under way changes without being asked."""

import pytest

from ota import services
from tests.browser.conftest import Watched
from tests.fleet.console.world import World
from tests.personas import SYSTEM

pytestmark = pytest.mark.browser


def test_a_rollout_page_shows_what_somebody_else_did(admin: Watched, world: World) -> None:
    admin.open(f"/console/rollouts/{world.rollout.public_id}")
    assert admin.page.get_by_text("somebody else paused").count() == 0
    services.rollout_pause(by=SYSTEM, rollout=world.rollout, reason="somebody else paused it")
    admin.page.get_by_text("somebody else paused it").first.wait_for()
    admin.page.get_by_role("button", name="Resume").wait_for()
    assert admin.complaints == []


def test_the_plan_of_a_rollout_is_told_when_a_group_is_chosen(admin: Watched, world: World) -> None:
    admin.open("/console/rollouts/new")
    admin.page.select_option("#group", world.rollout.group.name)
    admin.page.get_by_text("Wave 1 updates 2 devices").wait_for()
    admin.page.select_option("#policy", "all-at-once")
    admin.page.get_by_text("Wave 1 updates 3 devices").wait_for()
    assert admin.complaints == []


def test_what_is_unfolded_and_focused_stays_so(admin: Watched, world: World) -> None:
    admin.open(f"/console/rollouts/{world.rollout.public_id}")
    fold = admin.page.locator("details", has_text="The policy in words")
    fold.locator("summary").click()
    admin.page.get_by_role("button", name="Abort").focus()
    services.rollout_pause(by=SYSTEM, rollout=world.rollout, reason="somebody else paused it")
    admin.page.get_by_text("somebody else paused it").first.wait_for()
    assert fold.get_attribute("open") is not None
    assert admin.page.evaluate("document.activeElement.textContent") == "Abort"
