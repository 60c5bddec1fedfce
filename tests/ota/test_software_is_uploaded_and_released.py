"""REST of software of other makers: a module, its files, a release of it, and what is refused."""

import io
from typing import Any

import pytest
from django.test import override_settings
from django.urls import reverse

from ota.models import ReleaseArtifact, SoftwareFile, SoftwareModule
from ota.trust.admission.rules import Trusted, release_targets
from registry.models import Blob
from tests import personas
from tests.ota import software
from tests.ota.foreign import images

pytestmark = pytest.mark.django_db
MODULE = {"name": "system", "version": "2.0", "type": "os"}


def make(**said: Any) -> str:
    answer = personas.client("operator").post("/api/v1/software/", MODULE | said)
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["id"])


def upload(module: str, name: str, data: bytes, **said: Any) -> Any:
    file = io.BytesIO(data)
    file.name = name
    to = f"/api/v1/software/{module}/files/"
    return personas.client("operator").post(to, {"file": file, **said})


def test_a_file_is_read_stored_and_shown() -> None:
    maker = images.Maker.new()
    module, data = make(), images.swu(maker)
    answer = upload(module, "system.swu", data)
    assert answer.status_code == 201, answer.json()
    told = answer.json()
    assert (told["format"], told["signature"]) == ("swu", "signed")
    assert told["facts"]["signers"] == ["images of the tests"]
    assert told["size_bytes"] == len(data)
    shown = personas.client("viewer").get(f"/api/v1/software/{module}/").json()
    assert [file["sha256"] for file in shown["files"]] == [told["sha256"]]


def test_a_wrong_digest_a_second_one_and_an_empty_one_are_refused_and_leave_nothing() -> None:
    module = make()
    assert upload(module, "a.bin", b"1", sha256="0" * 64).status_code == 400
    assert upload(module, "a.bin", b"").status_code == 400
    assert not SoftwareFile.objects.exists()
    assert not Blob.objects.exists()
    assert upload(module, "a.bin", b"1").status_code == 201
    assert upload(module, "a.bin", b"2").status_code == 409
    assert SoftwareFile.objects.count() == 1


@pytest.mark.parametrize("name", ["a.MD5SUM", 'a".bin', "ä.bin", "..", "a\x01b"])
def test_names_that_no_address_or_header_holds_are_refused(name: str) -> None:
    assert upload(make(), "x", b"1", filename=name).status_code == 400


@override_settings(EDGEFLEET_SOFTWARE_MAX_BYTES=1024)
def test_what_is_too_large_is_refused() -> None:
    assert upload(make(), "a.bin", b"1" * 1025).status_code == 413
    assert not Blob.objects.exists()


@pytest.mark.parametrize(
    "said", [{"type": "o s"}, {"compatible": "rev="}, {"name": "x" * 129}, {"other": 1}]
)
def test_modules_that_make_no_sense_are_refused(said: dict[str, Any]) -> None:
    answer = personas.client("operator").post("/api/v1/software/", MODULE | said)
    assert answer.status_code == 400
    assert not SoftwareModule.objects.exists()


def test_a_release_of_it_is_drafted_published_and_then_locked() -> None:
    module = make()
    upload(module, "system.bin", b"1" * 10)
    operator = personas.client("operator")
    body = {"name": "gateway", "label": "7", "modules": [module]}
    made = operator.post("/api/v1/releases/", body)
    assert made.status_code == 201, made.json()
    told = made.json()
    assert (told["version"], told["model"], told["label"]) == (None, "gateway", "7")
    assert [each["id"] for each in told["modules"]] == [module]
    address = f"/api/v1/releases/{told['id']}"
    assert operator.post(f"{address}/approve/").status_code == 200
    assert upload(module, "late.bin", b"2").status_code == 409  # nobody approved that
    assert operator.post(f"{address}/publish/").status_code == 200
    head = ReleaseArtifact.objects.get()
    assert (head.target, head.filename, head.artifact) == ("", "system.bin", None)
    assert upload(module, "late.bin", b"2").status_code == 409
    assert operator.get(address + "/").json()["artifacts"][0]["artifact"] is None


@pytest.mark.parametrize(
    "body", [{}, {"name": "gateway"}, {"label": "7"}, {"name": "g", "label": "7", "version": "x"}]
)
def test_a_release_is_of_a_version_or_named(body: dict[str, Any]) -> None:
    assert personas.client("operator").post("/api/v1/releases/", body).status_code == 400


def test_the_same_name_and_label_are_released_once() -> None:
    software.release(software.module())
    body = {"name": "gateway", "label": "1.0", "modules": []}
    assert personas.client("operator").post("/api/v1/releases/", body).status_code == 409


@pytest.mark.parametrize(
    ("data", "reason"),
    [(None, "has no file"), (images.mcuboot()[:-150], "is broken")],
)
def test_what_no_device_could_take_is_not_published(data: bytes | None, reason: str) -> None:
    module = make()
    if data is not None:
        assert upload(module, "image.bin", data).json()["signature"] == "broken"
    operator = personas.client("operator")
    body = {"name": "gateway", "label": "7", "modules": [module]}
    address = f"/api/v1/releases/{operator.post('/api/v1/releases/', body).json()['id']}"
    operator.post(f"{address}/approve/")
    answer = operator.post(f"{address}/publish/")
    assert answer.status_code == 422
    assert reason in answer.json()["detail"]


def test_a_module_leaves_the_lists_and_its_releases_keep_it() -> None:
    made = software.module()
    release = software.release(made)
    operator = personas.client("operator")
    address = f"/api/v1/software/{made.public_id}/"
    assert operator.delete(address).status_code == 204
    assert operator.delete(address).status_code == 404
    assert operator.get("/api/v1/software/").json()["results"] == []
    assert release.modules.count() == 1


def test_it_is_listed_in_no_repository_of_ours() -> None:
    release = software.release(software.module())
    assert release_targets(release, Trusted(artifacts=())) == []


def test_the_console_shows_what_is_inside() -> None:
    maker = images.Maker.new()
    made = software.module(("system.swu", images.swu(maker)))
    release = software.release(made)
    page = personas.client("viewer").get(reverse("console:release", args=[release.public_id]))
    text = page.content.decode()
    assert page.status_code == 200
    assert "gateway 1.0" in text
    assert "Signed by images of the tests" in text
    listed = personas.client("viewer").get(reverse("console:releases"))
    assert "gateway 1.0" in listed.content.decode()
