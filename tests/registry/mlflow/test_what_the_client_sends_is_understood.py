"""The requests that the unchanged client sent once, sent again, are answered as they were then."""

import json
import re
from typing import Any

import pytest

from registry import services
from registry.models import LoggedFile, ModelVersion
from tests import personas
from tests.registry import factories
from tests.registry.mlflow import wire

pytestmark = pytest.mark.django_db
NEW = re.compile(r"(?:runs/create|logged-models|experiments/create)$")


def test_the_whole_conversation() -> None:
    client, names = personas.token_client(), dict[str, str]()
    for sent in wire.stored():
        path, body = named(sent.path, names), named(json.dumps(sent.body), names)
        answer = send(client, sent, path, json.loads(body))
        said = getattr(answer, "content", b"")[:300]
        assert answer.status_code == sent.status, (sent.method, path, body, said)
        learn(sent, answer, names)
    version = ModelVersion.objects.get()
    assert version.lineage["params"] == {"width": "8", "rate": "0.01", "epochs": "3"}
    assert LoggedFile.objects.filter(path__endswith="model.keras").exists()


def send(client: Any, sent: wire.Sent, path: str, body: Any) -> Any:
    if body is None and sent.method in {"PUT", "POST", "PATCH"}:
        data = factories.keras_bytes() if path.endswith(".keras") else b"bytes"
        return client.generic(sent.method, path, data, "application/octet-stream")
    if body is None:
        return client.generic(sent.method, path)
    return client.generic(sent.method, path, json.dumps(body), "application/json")


def named(text: str, names: dict[str, str]) -> str:
    """The text of then with the ids of now, the longest first."""
    for then in sorted(names, key=len, reverse=True):
        text = text.replace(then, names[then])
    return text


def learn(sent: wire.Sent, answer: Any, names: dict[str, str]) -> None:
    """Remember what things are called now, and admit what was registered."""
    if sent.status != 200:
        return
    if sent.path.endswith("model-versions/create"):
        services.version_admit(
            version=ModelVersion.objects.get(),
            io_schema=factories.IO_SCHEMA,
            ops={"Dense": 1},
            by=personas.SYSTEM,
        )
    if not NEW.search(sent.path):
        return
    told = answer.json()
    match told:
        case {"experiment_id": now}:
            names["EXPERIMENT"] = now
        case {"run": {"info": {"run_id": now}}}:
            names["ID1"] = now
        case {"model": {"info": {"model_id": now}}}:
            names["ID2"] = now.removeprefix("m-")
