"""What is no longer used is put away, or deleted down to a tombstone; what is needed stays."""

from typing import Any

import pytest

from fleet.access.models import AuditEntry
from fleet.lib.errors import Conflict, Refused
from registry import blobs, selectors, services, tasks
from registry.models import Blob, Dataset, ModelVersion, Tombstone
from tests import personas
from tests.registry import factories

pytestmark = pytest.mark.django_db
VERSION = "/api/v1/models/digits/versions/1/"
MODEL = "/api/v1/models/digits/"


def delete(path: str, why: str = "a mistake", **headers: str) -> Any:
    client = personas.client()
    seen = headers or {"If-Match": client.get(path).headers.get("ETag", "")}
    return client.delete(f"{path}?reason={why.replace(' ', '+')}", headers=seen)


def numbers(query: str = "") -> list[int]:
    rows = personas.client("viewer").get(f"{MODEL}versions/{query}").json()["results"]
    return [row["number"] for row in rows]


def test_what_is_archived_leaves_the_lists_and_comes_back() -> None:
    factories.version_make(admitted=True, label="1.0")
    client = personas.client()
    put_away = client.patch(VERSION, {"archived": True, "reason": "worse"})
    assert put_away.json()["archived_at"]
    assert numbers() == []
    assert numbers("?archived=true") == numbers("?label=1.0") == [1]
    assert client.get(VERSION).status_code == 200
    assert client.patch(VERSION, {"archived": False}).json()["archived_at"] is None
    assert numbers() == [1]
    acts = AuditEntry.objects.filter(action__startswith="registry.version_").order_by("sequence")
    assert [row.action for row in acts][-2:] == [
        "registry.version_archive",
        "registry.version_restore",
    ]


def test_nothing_new_is_made_of_what_is_archived() -> None:
    version = factories.version_make(admitted=True)
    services.entry_archive(entry=version, by=personas.SYSTEM)
    with pytest.raises(Conflict, match="is archived"):
        services.alias_move(
            model=version.model, name="production", to=version, expected=None, by=personas.SYSTEM
        )
    services.entry_archive(entry=version.model, by=personas.SYSTEM)
    with pytest.raises(Conflict, match="bring it back first"):
        factories.version_make(version.model.__class__.objects.get(), seed=1)


def test_deleting_says_what_it_saw_and_why() -> None:
    factories.version_make(admitted=True)
    client = personas.client()
    assert client.delete(f"{VERSION}?reason=x").status_code == 428
    assert delete(VERSION, **{"If-Match": '"other"'}).status_code == 412
    assert client.delete(VERSION, headers={"If-Match": "*"}).status_code == 400
    assert ModelVersion.objects.filter(deleted_at=None).exists()


def test_a_tombstone_tells_what_is_gone() -> None:
    version = factories.version_make(admitted=True, label="1.0")
    assert delete(VERSION).status_code == 204
    for path in (VERSION, f"/api/v1/versions/{version.public_id}/"):
        gone = personas.client("viewer").get(path)
        assert gone.status_code == 410
        assert gone.json()["deleted_by"] == "engineer"
        assert "digits 1.0 was deleted" in gone.json()["detail"]
    (stone,) = personas.client("viewer").get("/api/v1/tombstones/?kind=version").json()["results"]
    assert (stone["sha256"], stone["reason"]) == (version.blob_id, "a mistake")
    entry = AuditEntry.objects.get(action="registry.version_delete")
    assert entry.detail["sha256"] == version.blob_id
    assert delete(VERSION, **{"If-Match": "*"}).status_code == 412


def test_a_name_is_never_used_again() -> None:
    version = factories.version_make(admitted=True, label="1.0")
    delete(VERSION)
    with pytest.raises(Conflict, match="never used again") as refused:
        factories.version_make(seed=1, label="1.0")
    assert refused.value.reason == "deleted"
    assert factories.version_make(label="1.1", admitted=True).blob_id == version.blob_id
    services.entry_delete(entry=factories.dataset_make(), by=personas.SYSTEM, reason="x")
    with pytest.raises(Conflict, match="never used again"):
        factories.dataset_make(seed=1)
    assert delete(MODEL).status_code == 204
    assert personas.client().get(MODEL).status_code == 410
    again = personas.client().post("/api/v1/models/", {"name": "digits"})
    assert (again.status_code, again.json()["code"]) == (409, "deleted")


def test_bytes_go_with_the_last_that_names_them() -> None:
    version = factories.version_make(admitted=True, label="1.0")
    factories.version_make(label="again")
    delete(VERSION)
    assert Blob.objects.get().discarded_at is None
    services.version_reject(
        version=ModelVersion.objects.get(number=2), reasons=["x"], by=personas.SYSTEM
    )
    delete("/api/v1/models/digits/versions/2/")
    assert personas.client("viewer").get(f"/api/v1/blobs/{version.blob_id}/").status_code == 410
    tasks.blobs_sweep()
    assert not blobs.storage().exists(blobs.path_of(version.blob_id))


def test_bytes_that_are_stored_again_are_there_again() -> None:
    version = factories.version_make(admitted=True, label="1.0")
    delete(VERSION)
    tasks.blobs_sweep()
    factories.version_make(label="1.1")
    assert Blob.objects.get().discarded_at is None
    tasks.blobs_sweep()
    assert blobs.read(version.blob_id) == factories.keras_bytes()


def test_what_is_needed_stays_and_says_why() -> None:
    dataset = factories.dataset_make()
    version = factories.version_make(admitted=True, datasets={"evaluation": dataset})
    services.alias_move(
        model=version.model, name="production", to=version, expected=None, by=personas.SYSTEM
    )
    held = delete(VERSION)
    assert (held.status_code, held.json()["code"]) == (409, "held")
    assert held.json()["held_by"] == [f"The alias production points at {version}."]
    assert delete(MODEL).json()["held_by"] == held.json()["held_by"]
    assert personas.client().patch(VERSION, {"archived": True}).status_code == 409
    in_use = delete(f"/api/v1/datasets/{dataset.public_id}/")
    assert in_use.json()["held_by"] == ["1 version was made or measured with it."]
    factories.version_make(seed=1)
    assert "being checked" in delete("/api/v1/models/digits/versions/2/").json()["detail"]
    assert not Tombstone.objects.exists()


def test_a_model_takes_its_versions_with_it() -> None:
    for seed in range(3):
        factories.version_make(seed=seed, admitted=True)
    assert delete(MODEL).status_code == 204
    assert Tombstone.objects.filter(kind="version").count() == 3
    assert list(selectors.versions_all()) == []


def test_a_dataset_that_nobody_used_goes() -> None:
    dataset = factories.dataset_make()
    path = f"/api/v1/datasets/{dataset.public_id}/"
    assert personas.client().patch(path, {"archived": True}).status_code == 200
    rows = "/api/v1/datasets/"
    assert personas.client().get(rows).json()["results"] == []
    assert delete(path).status_code == 204
    assert personas.client().get(path).status_code == 410
    assert Dataset.objects.get().deleted_at is not None


def test_a_card_is_written_and_kept_beside_the_file() -> None:
    factories.version_make(admitted=True)
    said = personas.client().patch(VERSION, {"description": "For *dark* rooms."})
    assert said.json()["description"] == "For *dark* rooms."
    assert personas.client("viewer").patch(VERSION, {"description": "x"}).status_code == 403


def test_a_version_of_an_archived_model_gets_no_alias() -> None:
    version = factories.version_make(admitted=True)
    services.entry_archive(entry=version.model, by=personas.SYSTEM)
    with pytest.raises(Conflict, match="digits is archived"):
        services.alias_move(
            model=version.model, name="production", to=version, expected=None, by=personas.SYSTEM
        )
    services.entry_restore(entry=version.model, by=personas.SYSTEM)
    services.alias_move(
        model=version.model, name="production", to=version, expected=None, by=personas.SYSTEM
    )


@pytest.mark.parametrize("act", ["archive", "delete"])
def test_a_push_that_was_under_way_finds_its_model_gone(act: str) -> None:
    read_before = factories.model_make()
    model = selectors.model_get("digits")
    if act == "archive":
        services.entry_archive(entry=model, by=personas.SYSTEM)
    else:
        services.entry_delete(entry=model, by=personas.SYSTEM, reason="a mistake")
    with pytest.raises(Conflict, match=f"is {act}d"):
        factories.version_make(read_before)
    assert not ModelVersion.objects.exists()


@pytest.mark.parametrize("act", ["archive", "delete"])
def test_a_push_that_was_under_way_finds_its_dataset_gone(act: str) -> None:
    read_before = factories.dataset_make(kind="evaluation")
    dataset = selectors.dataset_get(read_before.public_id)
    if act == "archive":
        services.entry_archive(entry=dataset, by=personas.SYSTEM)
    else:
        services.entry_delete(entry=dataset, by=personas.SYSTEM, reason="a mistake")
    with pytest.raises(Conflict, match=f"is {act}d"):
        factories.version_make(datasets={"evaluation": read_before})
    assert not ModelVersion.objects.exists()


@pytest.mark.parametrize("act", [services.entry_archive, services.entry_delete])
@pytest.mark.parametrize("reason", ["be\x00tter", "be\ud800tter"])
def test_a_reason_that_no_database_holds_is_refused(act: Any, reason: str) -> None:
    version = factories.version_make(admitted=True)
    with pytest.raises(Refused, match="A reason"):
        act(entry=version, by=personas.SYSTEM, reason=reason)
