"""The rule editor in a real browser: a draft, its picture, and saving what was tried."""

import os
from typing import Any

import pytest

from fleet.telemetry.models import AlertRule
from tests.browser.conftest import Watched
from tests.fleet.telemetry.alerts.factories import windows_of_a_harmed_device

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


def fits(page: Any) -> bool:
    """Nothing is wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def shoot(page: Any, name: str) -> None:
    if folder := os.environ.get("EDGEFLEET_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_draft_is_tried_and_then_saved(admin: Watched) -> None:
    windows_of_a_harmed_device(60, 40)
    page = admin.page
    assert admin.open("/console/rules/new") == 200
    page.fill("#name", "a lens")
    page.fill("#quorum_devices", "2")
    page.click("text=Try it on the last 30 days")
    page.wait_for_selector("#result svg")
    assert "1 of 2 devices" in page.text_content("#result")
    assert page.input_value("#name") == "a lens"
    page.fill("#quorum_devices", "1")
    page.click("text=Try it on the last 30 days")
    page.wait_for_selector("#result table")
    assert "Expect" in page.text_content("#result")
    shoot(page, "rule")
    page.set_viewport_size(PHONE)
    assert fits(page)
    shoot(page, "rule-phone")
    page.click("text=Save")
    page.wait_for_url("**/rules/rul_*")
    assert AlertRule.objects.get(name="a lens").terms["quorum_devices"] == 1
    assert admin.complaints == []


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(admin: Watched) -> None:
    page = admin.page
    admin.open("/console/rules/new")
    page.fill("#name", "a lens")
    page.fill("#actions", "explode")
    page.click("text=Save")
    page.wait_for_selector("text=No action is called")
    assert page.input_value("#actions") == "explode"
    assert page.input_value("#name") == "a lens"


def test_a_webhook_s_secret_is_shown_once(admin: Watched) -> None:
    page = admin.page
    admin.open("/console/notifications")
    shoot(page, "notifications")
    page.fill("#name", "ci")
    page.fill("#address", "https://ci.example.com/hook")
    page.check("text=build.failed")
    page.click("text=Make it")
    page.wait_for_selector(".ef-secret pre")
    secret = page.text_content(".ef-secret pre")
    assert secret.startswith("whsec_")
    shoot(page, "destination")
    page.set_viewport_size(PHONE)
    assert fits(page)
    shoot(page, "destination-phone")
    admin.open("/console/notifications")
    assert secret not in page.content()
    assert fits(page)
    shoot(page, "notifications-phone")
