"""Versions are pushed, found, compared and read over REST."""

import json
from typing import Any

import pytest

from registry import services
from registry.choices import Engine
from registry.models import Blob, ModelVersion
from tests import personas
from tests.registry import factories

pytestmark = pytest.mark.django_db
VERSIONS = "/api/v1/models/digits/versions/"


def push(data: bytes, who: str = "engineer", **fields: Any) -> Any:
    body = {"file": factories.upload(data, "m.keras")} | {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in fields.items()
    }
    return personas.client(who).post(VERSIONS, body, format="multipart")


def test_a_push_answers_with_the_pending_version() -> None:
    factories.model_make()
    dataset = factories.dataset_make()
    answer = push(
        factories.keras_bytes(),
        label="1.0",
        datasets={"evaluation": dataset.public_id},
        metrics={"accuracy": 0.97},
        lineage={"git_commit": "abc"},
        class_names=["zero", "one"],
    )
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["number"] == 1
    assert body["state"] == "pending"
    assert body["format"] == "keras"
    assert body["datasets"] == {"evaluation": dataset.public_id}
    assert body["metrics"] == {"accuracy": 0.97}
    assert body["lineage"] == {"git_commit": "abc"}
    assert body["class_names"] == ["zero", "one"]
    assert Blob.objects.filter(pk=body["sha256"]).exists()


def test_a_pipeline_may_push_with_its_token() -> None:
    factories.model_make()
    assert push(factories.keras_bytes(), "ci_token").status_code == 201


def test_the_same_idempotency_key_pushes_once() -> None:
    factories.model_make()
    client = personas.client()
    answers = [
        client.post(
            VERSIONS,
            {"file": factories.upload(factories.keras_bytes()), "label": "1.0"},
            format="multipart",
            HTTP_IDEMPOTENCY_KEY="push-1",
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert ModelVersion.objects.count() == 1


def test_pushing_the_same_file_again_is_refused_and_names_the_first() -> None:
    version = factories.version_make()
    answer = push(factories.keras_bytes())
    assert answer.status_code == 409
    assert answer.json()["code"] == "duplicate"
    assert answer.json()["id"] == version.public_id
    assert ModelVersion.objects.count() == 1


def test_a_label_leads_to_one_file() -> None:
    factories.version_make(label="1.0")
    answer = push(factories.keras_bytes(seed=1), label="1.0")
    assert answer.status_code == 409
    assert answer.json()["code"] == "exists"
    assert answer.json()["detail"] == "digits 1.0 exists already, with another file."


def test_one_file_may_have_two_labels() -> None:
    factories.version_make(label="1.0")
    assert push(factories.keras_bytes(), label="1.0-retuned").status_code == 201


def test_lists_are_filtered() -> None:
    first = factories.version_make(label="1.0", admitted=True)
    second = factories.version_make(seed=1, label="2.0")
    services.alias_move(
        model=first.model, name="production", to=first, expected=None, by=personas.SYSTEM
    )
    client = personas.client("viewer")

    def found(query: str) -> set[str]:
        answer = client.get(f"/api/v1/versions/?{query}")
        assert answer.status_code == 200, answer.content
        return {row["label"] for row in answer.json()["results"]}

    assert found("") == {"1.0", "2.0"}
    assert found("alias=production") == {"1.0"}
    assert found("label=2.0") == {"2.0"}
    assert found(f"digest={second.blob_id}") == {"2.0"}
    assert found("op=Dense") == {"1.0"}
    assert found("state=pending") == {"2.0"}
    assert found("format=tflite") == set()
    assert client.get("/api/v1/versions/?digest=nonsense").status_code == 400


def test_a_version_is_read_by_number_and_by_id() -> None:
    version = factories.version_make(label="1.0")
    client = personas.client("viewer")
    assert client.get(f"{VERSIONS}1/").json()["id"] == version.public_id
    assert client.get(f"/api/v1/versions/{version.public_id}/").json()["number"] == 1
    missing = client.get(f"{VERSIONS}9/")
    assert missing.status_code == 404
    assert missing.json()["detail"] == "There is no version 9 of the model digits."


def test_two_versions_are_compared() -> None:
    dataset = factories.dataset_make()
    first = factories.version_make(label="1.0", metrics={"accuracy": 0.9}, admitted=True)
    second = factories.version_make(seed=1, label="2.0", metrics={"accuracy": 0.95})
    for version, accuracy in ((first, 0.5), (second, 0.75)):
        services.evaluation_record(
            version=version,
            dataset=dataset,
            engine=Engine.INT8,
            metrics={"accuracy": accuracy},
            by=personas.SYSTEM,
        )
    answer = personas.client("viewer").get("/api/v1/models/digits/compare/?from=1&to=2.0")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["before"] == first.public_id
    assert body["same_file"] is False
    assert body["metrics"]["accuracy"]["before"] == 0.9
    assert body["metrics"]["accuracy"]["step"] == pytest.approx(0.05)
    assert body["evaluations"]["int8"]["accuracy"]["step"] == 0.25
    assert body["ops"]["Dense"] == {"before": 1, "after": None, "step": None}


def test_a_comparison_names_both_sides() -> None:
    factories.version_make()
    answer = personas.client("viewer").get("/api/v1/models/digits/compare/?from=1")
    assert answer.status_code == 400
    assert answer.json()["detail"] == "to: This field is required."
