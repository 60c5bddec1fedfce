"""The upload of software: sent to REST with its progress, listed afterwards, refused in words."""

import pytest

from ota.models import SoftwareFile
from tests.browser.conftest import Watched
from tests.fleet.console.world import World
from tests.ota import software

pytestmark = pytest.mark.django_db(transaction=True)


def send(admin: Watched, name: str) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": b"an image" * 50_000}
    admin.page.set_input_files("#files", [file])
    admin.page.click("#upload button")


def test_a_file_is_stored_once_and_the_second_of_its_name_is_refused(
    admin: Watched, world: World
) -> None:
    del world
    module = software.module()
    admin.open(f"/console/software/of/{module.public_id}")
    send(admin, "gateway.bin")
    admin.page.wait_for_selector("td:has-text('gateway.bin')")
    assert admin.complaints == []
    send(admin, "gateway.bin")
    said = admin.page.wait_for_selector("#sent li:has-text('already')")
    assert said is not None
    assert SoftwareFile.objects.filter(filename="gateway.bin").count() == 1
