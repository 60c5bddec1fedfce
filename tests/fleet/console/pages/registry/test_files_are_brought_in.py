"""Versions and datasets are uploaded in the console; what is refused says so at its field, and
what was typed comes back.
"""

import re
from typing import Any

import pytest

from registry.models import Dataset, Model, ModelVersion
from tests import personas
from tests.registry import factories

pytestmark = pytest.mark.django_db
SEND = "/console/uploads/version/send"
DATASET = "/console/uploads/dataset/send"


def send(address: str = SEND, data: bytes | None = None, **fields: Any) -> Any:
    back = address.removesuffix("/send")
    body = {"back": back, **fields}
    if data is not None:
        body["file"] = factories.upload(data, "m.keras")
    return personas.client("engineer").post(address, body, follow=True)


def value_of(text: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', text)
    return found[1] if found else ""


def test_a_version_comes_with_all_that_is_said_of_it() -> None:
    dataset = factories.dataset_make()
    answer = send(
        data=factories.keras_bytes(),
        model="digits",
        label="1.0",
        evaluation=dataset.public_id,
        class_names="zero, one",
        metrics="accuracy=0.98",
        lineage="commit=4f2a",
    )
    assert answer.redirect_chain[-1][0] == "/console/models/digits/1"
    version = ModelVersion.objects.get()
    assert (version.label, version.class_names, version.created_by) == (
        "1.0", ["zero", "one"], "engineer",
    )  # fmt: skip
    assert (version.metrics, version.lineage) == ({"accuracy": 0.98}, {"commit": "4f2a"})
    assert version.version_datasets.get().dataset == dataset


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"model": "digits"}, "file", "Choose a file"),
        ({"model": "No Name", "data": factories.keras_bytes()}, "model", "name has up to"),
        ({"model": "d", "data": factories.keras_bytes(), "metrics": "x=many"}, "metrics", "number"),
        ({"model": "d", "data": factories.keras_bytes(), "lineage": "x"}, "lineage", "key=value"),
        ({"model": "d", "data": b"nonsense"}, "form", ""),
    ],
)
def test_a_refusal_is_said_at_its_field(fields: dict[str, Any], field: str, says: str) -> None:
    page = send(label="4.2", **fields).content.decode()
    told = re.search(rf'id="wrong-{field}" role="alert">([^<]+)', page)
    assert told is not None
    assert says in told[1]
    assert value_of(page, "label") == "4.2"
    assert value_of(page, "model") == fields["model"]
    assert (field == "form") or f'aria-describedby="wrong-{field}"' in page
    assert not Model.objects.exists()


def test_a_refused_form_is_filled_once() -> None:
    send(model="digits", label="4.2")
    again = personas.client("engineer").get("/console/uploads/version").content.decode()
    assert value_of(again, "label") == ""


def test_a_script_is_told_the_same_without_a_page() -> None:
    client = personas.client("engineer")
    asks = {"Accept": "application/json"}
    wrong = client.post(SEND, {"model": "digits"}, headers=asks)
    assert (wrong.status_code, wrong.json()["field"]) == (400, "file")
    body = {"model": "digits", "file": factories.upload(factories.keras_bytes())}
    assert client.post(SEND, body, headers=asks).json() == {"goto": "/console/models/digits/1"}


def test_a_dataset_is_stored() -> None:
    answer = send(DATASET, factories.npz_bytes(), name="held out", kind="evaluation")
    made = Dataset.objects.get()
    assert answer.redirect_chain[-1][0] == f"/console/datasets/{made.public_id}"
    assert "held out" in personas.client("viewer").get("/console/datasets").content.decode()
    twice = send(DATASET, factories.npz_bytes(seed=1), name="held out", kind="evaluation")
    assert "exists already" in twice.content.decode()
