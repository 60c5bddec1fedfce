"""Software of other makers in the console: a module, its files over REST, and a release of it."""

import io

import pytest
from django.test import Client

from ota.models import Release, SoftwareModule
from tests import personas
from tests.ota import software

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return personas.client("operator")


def test_a_module_is_made_filled_and_released(client: Client) -> None:
    form = {"name": "gateway-os", "version": "2.1", "type": "os", "target": ""}
    page = client.post("/console/software/new", form, follow=True).content.decode()
    module = SoftwareModule.objects.get()
    upload = f"/api/v1/software/{module.public_id}/files/"
    assert f'data-upload="{upload}"' in page
    assert "console/send_files.js" in page
    file = io.BytesIO(software.DATA)
    file.name = "gateway.bin"
    sent = personas.client("operator").post(upload, {"file": file})
    assert sent.status_code == 201
    shown = client.get(f"/console/software/of/{module.public_id}").content.decode()
    assert "gateway.bin" in shown
    said = {"name": "gateway", "label": "2.1", "modules": [module.public_id]}
    client.post("/console/software/release", said | {"needs": "bootloader>=2, fpga>=1.1"})
    release = Release.objects.get()
    assert [row.module for row in release.modules.all()] == [module]
    assert release.needs == ["bootloader>=2", "fpga>=1.1"]
    assert (
        "bootloader&gt;=2" in client.get(f"/console/releases/{release.public_id}").content.decode()
    )


def test_a_mistake_is_told_on_the_page_it_was_made_on(client: Client) -> None:
    form = {"name": "x", "version": "1", "type": "o s", "back": "/console/software"}
    answer = client.post("/console/software/new", form, follow=True)
    assert "A module&#x27;s type has" in answer.content.decode()
    said = {"name": "gateway", "back": "/console/software"}
    answer = client.post("/console/software/release", said, follow=True)
    assert "Label" in answer.content.decode()
    assert not Release.objects.exists()


def test_a_module_is_removed_after_a_question(client: Client) -> None:
    module = software.module()
    address = f"/console/software/of/{module.public_id}/remove"
    assert "no longer offered" in client.post(address, {"back": "/console/"}).content.decode()
    client.post(address, {"back": "/console/", "yes": "yes"})
    module.refresh_from_db()
    assert module.removed_at is not None


def test_a_viewer_looks_and_does_not_change() -> None:
    viewer, module = personas.client("viewer"), software.module()
    assert (
        "data-upload" not in viewer.get(f"/console/software/of/{module.public_id}").content.decode()
    )
    assert viewer.post("/console/software/new", {}).status_code == 403
    assert viewer.post("/console/software/release", {}).status_code == 403
