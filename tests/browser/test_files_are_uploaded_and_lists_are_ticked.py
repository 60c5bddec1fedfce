"""With a script, a refused upload leaves the form and its file; one box ticks a whole page."""

import pytest

from registry.models import ModelVersion
from tests.browser.conftest import Watched
from tests.fleet.console.world import World
from tests.registry.factories import keras_bytes

pytestmark = pytest.mark.browser
FILE = {"name": "m.keras", "mimeType": "application/octet-stream"}


def test_a_refused_upload_keeps_its_file_and_then_goes(admin: Watched, world: World) -> None:
    del world
    page = admin.page
    admin.open("/console/uploads/version")
    page.fill("#model", "No Name")
    page.set_input_files("#file", [{**FILE, "buffer": keras_bytes()}])
    page.click("form[data-upload] button.main")
    page.wait_for_selector("#wrong-model:visible")
    assert page.get_attribute("#model", "aria-invalid") == "true"
    assert page.evaluate("document.querySelector('#file').files.length") == 1
    page.fill("#model", "fresh")
    page.click("form[data-upload] button.main")
    page.wait_for_url("**/console/models/fresh/1")
    assert ModelVersion.objects.get(model__name="fresh").format == "keras"
    # What the browser says of the answer 400, as of any.
    assert [line for line in admin.complaints if "400" not in line] == []


def test_a_file_that_is_too_large_is_not_sent(admin: Watched, world: World) -> None:
    del world
    admin.open("/console/uploads/dataset")
    admin.page.evaluate("document.querySelector('#file').dataset.limit = '10'")
    admin.page.set_input_files("#file", [{**FILE, "buffer": b"x" * 11}])
    admin.page.wait_for_selector("#wrong-file:visible")
    assert "at most" in admin.page.inner_text("#wrong-file")


def test_one_box_ticks_all_of_a_page(admin: Watched, world: World) -> None:
    del world
    admin.open("/console/devices")
    admin.page.check("[data-tick-all]")
    ticked = "document.querySelectorAll('input[name=device]:checked').length"
    assert admin.page.evaluate(ticked) == 3
