"""Pages full of pictures fit a phone, complain of nothing, and tell by keyboard what they show."""

from pathlib import Path
from typing import Any

import pytest

from tests import personas
from tests.browser.conftest import Watched
from tests.fleet.console import factories

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def folders(transactional_db: None, tmp_path: Path, settings: Any) -> None:
    del transactional_db
    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"
    settings.EDGEFLEET_WORK_DIR = tmp_path / "work"
    settings.EDGEFLEET_ROLLUP_SECONDS = factories.STEP
    settings.EDGEFLEET_DRIFT_START_SECONDS = 0


def signed_in(watched: Watched) -> Watched:
    cookies = personas.client("owner").cookies
    sign = {"name": "sessionid", "value": cookies["sessionid"].value, "url": watched.base}
    watched.page.context.add_cookies([sign])
    watched.page.set_viewport_size(PHONE)
    return watched


def test_a_trajectory_tells_its_looks_to_the_keyboard(watched: Watched, folders: None) -> None:
    del folders
    field = factories.judged(past=26)
    field.steps(8)
    page = signed_in(watched).page
    assert watched.open(f"/console/rollouts/{field.rollout.public_id}") == 200
    assert page.evaluate(TOO_WIDE) == 0
    looks = page.locator("section[aria-label=confidence] g.told[tabindex]")
    told = looks.last.locator("text")
    assert not told.is_visible()
    looks.last.focus()
    told.wait_for(state="visible")
    assert any(word in told.text_content() for word in ("pass", "inconclusive"))
    fold = page.locator("section[aria-label=confidence] summary")
    fold.focus()
    page.keyboard.press("Enter")
    page.locator("section[aria-label=confidence] table").wait_for(state="visible")
    assert page.evaluate(TOO_WIDE) == 0
    assert watched.complaints == []


def test_trajectories_stay_while_the_page_around_them_is_asked_for_again(
    watched: Watched, folders: None
) -> None:
    del folders
    field = factories.judged(past=26)
    field.steps(2)
    page = signed_in(watched).page
    watched.open(f"/console/rollouts/{field.rollout.public_id}")
    with page.expect_response(lambda answer: f"/rollouts/{field.rollout.public_id}" in answer.url):
        pass
    page.wait_for_function("document.querySelectorAll('#looks').length === 1")
    assert page.locator("#looks section[aria-label=confidence]").count() == 1


def test_pages_of_drift_fit_a_phone(watched: Watched, folders: None) -> None:
    del folders
    incident = factories.drifted()
    page = signed_in(watched).page
    version = f"/console/models/digits/{incident.version.number}"
    device = f"/console/devices/{incident.evidence['devices'][0]}"
    mine = f"/console/incidents/{incident.public_id}"
    for address in (mine, version, f"{version}/drift", device, "/console/"):
        assert watched.open(address) == 200
        assert page.evaluate(TOO_WIDE) == 0, address
    watched.open(f"{version}/drift")
    page.locator("#at").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Show").press("Enter")
    page.wait_for_url("**/drift?at=*")
    assert "in the bucket of" in page.locator(".ef").first.inner_text()
    assert watched.complaints == []
    assert watched.outside == []
