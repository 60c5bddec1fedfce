"""Models are named and described, datasets stored and found."""

from typing import Any

import numpy as np
import pytest

from registry.models import Dataset, Model
from tests import personas
from tests.registry import factories

pytestmark = pytest.mark.django_db


def store(data: bytes, **fields: str) -> Any:
    body = {"file": factories.upload(data, "d.npz")} | fields
    return personas.client().post("/api/v1/datasets/", body, format="multipart")


def test_a_model_is_named() -> None:
    answer = personas.client().post("/api/v1/models/", {"name": "digits", "title": "Digits"})
    assert answer.status_code == 201
    assert answer.json() | {"created_at": 0, "updated_at": 0} == {
        "name": "digits",
        "title": "Digits",
        "description": "",
        "versions": 0,
        "aliases": {},
        "created_at": 0,
        "updated_at": 0,
        "archived_at": None,
    }


def test_a_model_is_described_and_keeps_the_rest() -> None:
    client = personas.client()
    client.post("/api/v1/models/", {"name": "digits", "title": "Digits"})
    answer = client.patch("/api/v1/models/digits/", {"description": "Handwritten."}, format="json")
    assert answer.json()["description"] == "Handwritten."
    assert answer.json()["title"] == "Digits"
    assert Model.objects.get().description == "Handwritten."


def test_a_list_counts_versions() -> None:
    factories.version_make()
    factories.version_make(seed=1)
    rows = personas.client("viewer").get("/api/v1/models/").json()["results"]
    assert [(row["name"], row["versions"]) for row in rows] == [("digits", 2)]


def test_a_dataset_tells_what_its_file_holds() -> None:
    answer = store(factories.npz_bytes(12, (4, 2)), name="held out", kind="evaluation")
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["samples"], body["x_shape"], body["x_dtype"]) == (12, [4, 2], "float32")
    assert body["has_labels"] is True
    assert body["created_by"] == "engineer"
    assert Dataset.objects.get().public_id == body["id"]


def test_the_same_samples_may_serve_two_purposes() -> None:
    data = factories.npz_bytes()
    first = store(data, name="held out", kind="evaluation").json()
    second = store(data, name="held out", kind="reference").json()
    assert first["sha256"] == second["sha256"]
    assert first["id"] != second["id"]


def test_lists_are_filtered() -> None:
    factories.dataset_make("evaluation")
    factories.dataset_make("reference")
    client = personas.client("viewer")
    rows = client.get("/api/v1/datasets/?kind=reference").json()["results"]
    assert [row["kind"] for row in rows] == ["reference"]
    assert client.get("/api/v1/datasets/?kind=nonsense").status_code == 400


def test_a_dataset_knows_its_versions() -> None:
    dataset = factories.dataset_make()
    version = factories.version_make(datasets={"evaluation": dataset})
    factories.version_make(seed=1)
    url = f"/api/v1/datasets/{dataset.public_id}/versions/"
    rows = personas.client("viewer").get(url).json()["results"]
    assert [row["id"] for row in rows] == [version.public_id]


def test_unlabelled_samples_are_stored_as_such() -> None:
    data = factories.npz_of(x=np.zeros((3, 2), np.float32))
    assert store(data, name="field", kind="calibration").json()["has_labels"] is False
