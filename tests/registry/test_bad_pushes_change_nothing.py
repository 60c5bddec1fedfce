"""A push that cannot be taken gets one clear sentence and leaves the registry as it was."""

import json
import pickle
from typing import Any

import pytest

from fleet.access.models import AuditEntry
from registry.models import Blob, Dataset, ModelVersion, VersionDataset
from tests import personas
from tests.registry import factories

pytestmark = pytest.mark.django_db
VERSIONS = "/api/v1/models/digits/versions/"
DATASETS = "/api/v1/datasets/"


def counts() -> list[int]:
    tables = (Blob, Dataset, ModelVersion, VersionDataset, AuditEntry)
    return [table.objects.count() for table in tables]


def refused(path: str, body: dict[str, Any], status: int, sentence: str) -> dict[str, Any]:
    before = counts()
    answer = personas.client().post(path, body, "multipart" if path == VERSIONS else None)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert sentence in problem["detail"], problem
    assert "\n" not in problem["detail"]
    assert counts() == before
    return problem


def file(data: bytes) -> dict[str, Any]:
    return {"file": factories.upload(data)}


@pytest.fixture(autouse=True)
def _model() -> None:
    factories.model_make()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"hello, world", "neither a .keras archive nor a .tflite model"),
        (factories.HDF5 + bytes(200), "HDF5 models (.h5) run their author's code"),
        (pickle.dumps({"weights": [1, 2]}), "Pickles run code when they are read"),
        (factories.keras_bytes()[:-40], "damaged or was cut off"),
        (factories.keras_bytes()[:300], "damaged or was cut off"),
        (b"\x18\x00\x00\x00TFL3", "The .tflite file was cut off"),
        (factories.TINY[:-8], "The .tflite file is damaged or was cut off"),
        (factories.npz_bytes(), "This is a dataset (.npz), not a model"),
        (factories.zip_bytes({"m/saved_model.pb": b""}), "zipped SavedModel"),
    ],
)
def test_a_file_that_is_no_model_is_refused(data: bytes, sentence: str) -> None:
    refused(VERSIONS, file(data), 400, sentence)


def test_a_push_without_a_file_is_refused() -> None:
    refused(VERSIONS, {"label": "1.0"}, 400, "file: No file was submitted.")


def test_an_empty_file_is_refused() -> None:
    refused(VERSIONS, file(b""), 400, "file: The submitted file is empty.")


def test_a_file_larger_than_the_limit_is_refused(settings: Any) -> None:
    settings.EDGEFLEET_MODEL_MAX_BYTES = 1000
    refused(VERSIONS, file(factories.keras_bytes()), 413, "at most 1000 are taken")


def test_an_oversized_body_is_refused_before_it_is_read(settings: Any) -> None:
    settings.EDGEFLEET_MODEL_MAX_BYTES = 1000
    refused(VERSIONS, file(bytes(3 * 1024**2)), 413, "The body has 31")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("label", "no spaces please", "A label has up to 64 letters"),
        ("metrics", "[1]", "The metrics must be a JSON object"),
        ("metrics", "{", "metrics: this is not JSON (line 1, column 2)."),
        ("metrics", '{"loss": NaN}', "metrics: NaN is not a number of JSON."),
        ("lineage", '"abc"', "The lineage must be a JSON object"),
        ("class_names", '["a", "a"]', "Two classes have the same name"),
        ("class_names", '{"a": 1}', "class_names: must be a list"),
        ("datasets", '{"training": "dst_1"}', "datasets: must be an object with the keys"),
    ],
)
def test_a_claim_that_is_not_sound_is_refused(field: str, value: str, sentence: str) -> None:
    refused(VERSIONS, file(factories.keras_bytes()) | {field: value}, 400, sentence)


def test_a_dataset_that_is_not_there_is_refused() -> None:
    body = file(factories.keras_bytes()) | {"datasets": '{"evaluation": "dst_none"}'}
    refused(VERSIONS, body, 404, "There is no dataset dst_none.")


def test_a_dataset_of_another_shape_is_refused() -> None:
    dataset = factories.dataset_make(shape=(28, 28, 1))
    uses = json.dumps({"evaluation": dataset.public_id})
    body = file(factories.keras_bytes()) | {"datasets": uses}
    problem = refused(VERSIONS, body, 422, "holds samples of 28 x 28 x 1; the model takes 8 x 8")
    assert problem["code"] == "shape_mismatch"


def test_a_dataset_of_another_shape_is_refused_for_tflite_too() -> None:
    dataset = factories.dataset_make(shape=(5,))
    uses = json.dumps({"evaluation": dataset.public_id})
    refused(
        VERSIONS, file(factories.TINY) | {"datasets": uses}, 422, "samples of 5; the model takes 4."
    )


def test_an_evaluation_without_labels_is_refused() -> None:
    dataset = factories.dataset_make(labels=False)
    uses = json.dumps({"evaluation": dataset.public_id})
    body = file(factories.keras_bytes()) | {"datasets": uses}
    refused(VERSIONS, body, 422, "has no labels (y), so nothing can be evaluated")


def test_a_push_to_a_model_that_is_not_there_is_refused() -> None:
    body = file(factories.keras_bytes())
    refused("/api/v1/models/none/versions/", body, 404, "There is no model none.")


def test_a_double_submission_is_refused() -> None:
    factories.version_make(label="1.0")
    body = file(factories.keras_bytes()) | {"label": "1.0"}
    problem = refused(VERSIONS, body, 409, "digits 1.0 exists already, with the same file.")
    assert problem["number"] == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"hello", "damaged or was cut off"),
        (factories.npz_bytes()[:-30], "damaged or was cut off"),
        (factories.keras_bytes(), "this holds config.json"),
    ],
)
def test_a_file_that_is_no_dataset_is_refused(data: bytes, sentence: str) -> None:
    refused(DATASETS, file(data) | {"name": "a", "kind": "evaluation"}, 400, sentence)


def test_a_dataset_for_nothing_known_is_refused() -> None:
    body = file(factories.npz_bytes()) | {"name": "a", "kind": "training"}
    refused(DATASETS, body, 400, "kind: ")


def test_a_dataset_larger_than_the_limit_is_refused(settings: Any) -> None:
    settings.EDGEFLEET_DATASET_MAX_BYTES = 1000
    body = file(factories.npz_bytes()) | {"name": "a", "kind": "evaluation"}
    refused(DATASETS, body, 413, "at most 1000 are read")


@pytest.mark.parametrize(("seed", "code"), [(0, "duplicate"), (1, "exists")])
def test_a_dataset_name_is_taken_once_per_kind(seed: int, code: str) -> None:
    there = factories.dataset_make(name="a")
    body = file(factories.npz_bytes(seed=seed)) | {"name": "a", "kind": "evaluation"}
    problem = refused(DATASETS, body, 409, "The evaluation dataset a exists already, with")
    assert problem["code"] == code
    assert problem["id"] == there.public_id


def test_a_model_name_is_taken_once() -> None:
    refused("/api/v1/models/", {"name": "digits"}, 409, "There is a model digits already.")


def test_a_model_name_is_plain() -> None:
    refused("/api/v1/models/", {"name": "No Spaces"}, 400, "A model's name has up to 64")
