"""One place decides what text is, for every JSON document, on both databases."""

import json
from typing import Any, Final

import pytest
from django.db import connection
from rest_framework.test import APIClient

from fleet.lib.errors import Refused
from ota.models import Rollout
from registry.models import ModelVersion
from tests import personas
from tests.fleet.lib.rest.world import World, fingerprint
from tests.registry.factories import keras_bytes, upload

UNFIT: Final = {
    "half a character": '{"a": "\\ud800"}',
    "as a name": '{"\\udfff": 1}',
    "deep inside": '{"a": [{"b": ["\\udc00\\ud800"]}]}',
    "NUL": '{"a": "b\\u0000c"}',
    "NUL as a name": '{"\\u0000": 1}',
}
LISTS: Final = ("versions/", "models/digits/versions/", "models/", "rollouts/", "builds/", "audit/")


@pytest.fixture
def owner(db: None) -> APIClient:
    del db
    return personas.client("owner")


@pytest.mark.parametrize("member", ["metrics", "lineage", "class_names", "datasets"])
@pytest.mark.parametrize("how", UNFIT)
def test_a_document_of_a_push_is_refused(
    member: str, how: str, world: World, owner: APIClient
) -> None:
    del world
    before = fingerprint()
    body = {"file": upload(keras_bytes(seed=7)), "label": "2.0", member: UNFIT[how]}
    answer = owner.post("/api/v1/models/digits/versions/", body)
    assert answer.status_code == 400, answer.content
    assert answer.json()["detail"].startswith(f"{member}")
    assert fingerprint() == before


@pytest.mark.parametrize("how", UNFIT)
def test_a_document_of_a_policy_is_refused(how: str, world: World, owner: APIClient) -> None:
    before = fingerprint()
    body = {
        "release": world.names["releases"]["public_id"],
        "group": world.names["groups"]["name"],
        "policy": {"description": json.loads(UNFIT[how])},
    }
    answer = owner.post("/api/v1/rollouts/", json.dumps(body), content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert fingerprint() == before


@pytest.mark.parametrize("how", UNFIT)
def test_no_column_takes_it_whoever_writes(how: str, world: World) -> None:
    del world
    with pytest.raises(Refused, match="metrics"):
        ModelVersion.objects.update(metrics=json.loads(UNFIT[how]))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL never stored such a row")
def test_older_rows_break_no_list(world: World, owner: APIClient) -> None:
    del world
    old = '{"a": "\\ud800", "b\\u0000": ["\\udfff"]}'
    with connection.cursor() as cursor:
        for model, column in ((ModelVersion, "metrics"), (Rollout, "policy")):
            table = model._meta.db_table
            cursor.execute(f"UPDATE {table} SET {column} = %s", [old])
        cursor.execute("UPDATE registry_model SET title = %s", ["a\x00b"])
    for path in LISTS:
        answer = owner.get(f"/api/v1/{path}")
        assert answer.status_code == 200, path
        answer.content.decode()
    shown: Any = owner.get("/api/v1/versions/").json()["results"][0]["metrics"]
    assert shown == {"a": "\ufffd", "b\ufffd": ["\ufffd"]}
