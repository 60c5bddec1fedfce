"""Every page, the records' too, obeys the strict policy, asks no other host and fits a phone."""

import pytest
from django.contrib import admin as records

from tests.browser.conftest import Watched
from tests.fleet.console.world import World

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def lists() -> list[str]:
    """Return the address of every list of the records."""
    models = records.site._registry
    return [
        f"/console/records/{m._meta.app_label}/{m._meta.model_name}/"
        for m in sorted(models, key=lambda model: model._meta.label)
    ]


def test_no_page_complains_asks_elsewhere_or_is_too_wide(admin: Watched, world: World) -> None:
    admin.page.set_viewport_size(PHONE)
    wide = {}
    for address in [*world.pages(), *world.more_pages()]:
        assert admin.open(address) == 200, address
        if width := admin.page.evaluate(TOO_WIDE):
            wide[address] = width
    assert wide == {}
    assert admin.complaints == []
    assert admin.outside == []


def test_no_page_of_records_complains(admin: Watched, world: World) -> None:
    change = f"/console/records/devices/device/{world.device.pk}/change/"
    for address in ["/console/records/", change, *lists()]:
        assert admin.open(address) == 200, address
    assert admin.complaints == []
    assert admin.outside == []


def test_the_dark_theme_is_chosen_and_kept(admin: Watched) -> None:
    admin.open("/console/")
    admin.page.keyboard.press("Control+e")
    admin.page.wait_for_selector("html.light, html.dark")
    chosen = admin.page.evaluate("document.documentElement.className")
    admin.open("/console/devices")
    assert admin.page.evaluate("document.documentElement.className") == chosen
    assert admin.complaints == []
