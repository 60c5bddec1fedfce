"""An alias moves only from where its mover believes it is, and remembers every move."""

from typing import Any

import pytest

from fleet.access.models import AuditEntry
from registry import services
from registry.models import Alias, AliasMove
from tests import personas
from tests.registry import factories

pytestmark = pytest.mark.django_db
ALIAS = "/api/v1/models/digits/aliases/production/"


def move(version: int, expected: int | None, who: str = "engineer") -> Any:
    body = {"version": version, "expected": expected}
    return personas.client(who).put(ALIAS, body, format="json")


@pytest.fixture(autouse=True)
def _two_versions() -> None:
    factories.version_make(label="1.0", admitted=True)
    factories.version_make(label="2.0", seed=1, admitted=True)


def at() -> int:
    return Alias.objects.get(name="production").version.number


def test_a_new_alias_expects_nothing() -> None:
    answer = move(1, None)
    assert answer.status_code == 200, answer.content
    assert answer.json()["version"] == 1
    assert answer.json()["label"] == "1.0"


def test_a_new_alias_that_should_exist_is_stale() -> None:
    answer = move(1, 2)
    assert answer.status_code == 409
    assert answer.json()["detail"] == "The alias production points at nothing now; read it again."
    assert not Alias.objects.exists()


def test_it_moves_from_where_it_is() -> None:
    move(1, None)
    assert move(2, 1).status_code == 200
    assert at() == 2


@pytest.mark.parametrize("expected", [2, None])
def test_a_stale_move_is_refused_and_says_where_it_is(expected: int | None) -> None:
    move(1, None)
    entries = AuditEntry.objects.count()
    answer = move(2, expected)
    assert answer.status_code == 409
    assert answer.json()["code"] == "stale"
    assert answer.json()["current"] == 1
    assert answer.json()["detail"].startswith("The alias production points at version 1 now")
    assert at() == 1
    assert AliasMove.objects.count() == 1
    assert AuditEntry.objects.count() == entries


def test_a_move_that_somebody_else_made_first_loses() -> None:
    """Both read version 1; the second writer finds the row moved."""
    move(1, None)
    read_before = Alias.objects.select_related("version", "model").get(name="production")
    move(2, 1)
    answer = personas.client().delete(f"{ALIAS}?expected=1")
    assert answer.status_code == 409
    with pytest.raises(Exception, match="points at version 2 now"):
        services.alias_remove(alias=read_before, expected=1, by=personas.SYSTEM)


def test_every_move_is_kept() -> None:
    move(1, None)
    move(2, 1)
    moves = personas.client("viewer").get(f"{ALIAS}moves/").json()["results"]
    assert [(m["old"], m["new"], m["by"]) for m in moves] == [
        (1, 2, "engineer"),
        (None, 1, "engineer"),
    ]


def test_every_move_is_in_the_audit_log() -> None:
    move(1, None)
    entry = AuditEntry.objects.filter(action="registry.alias_move").get()
    assert entry.subject == "digits@production"
    assert entry.detail == {"from": None, "model": "digits", "to": 1}


def test_it_leads_to_admitted_versions_only() -> None:
    factories.version_make(label="3.0", seed=2)
    answer = move(3, None)
    assert answer.status_code == 409
    assert answer.json()["detail"].endswith("an alias leads to admitted versions only.")


def test_it_leads_to_versions_that_exist() -> None:
    assert move(9, None).status_code == 404


def test_only_an_administrator_protects_it() -> None:
    move(1, None)
    refused = personas.client("engineer").patch(ALIAS, {"protected": True}, format="json")
    assert refused.status_code == 403
    done = personas.client("owner").patch(ALIAS, {"protected": True}, format="json")
    assert done.json()["protected"] is True


def test_a_protected_alias_moves_by_an_administrator_only() -> None:
    move(1, None)
    personas.client("owner").patch(ALIAS, {"protected": True}, format="json")
    answer = move(2, 1)
    assert answer.status_code == 403
    assert "is protected" in answer.json()["detail"]
    assert personas.client().delete(f"{ALIAS}?expected=1").status_code == 403
    assert at() == 1
    assert move(2, 1, "owner").status_code == 200


def test_it_is_removed_from_where_it_is() -> None:
    move(1, None)
    assert personas.client().delete(f"{ALIAS}?expected=2").status_code == 409
    assert personas.client().delete(ALIAS).status_code == 400
    assert personas.client().delete(f"{ALIAS}?expected=1").status_code == 204
    assert personas.client().get(ALIAS).status_code == 404


def test_lists_show_it() -> None:
    move(1, None)
    client = personas.client("viewer")
    assert client.get("/api/v1/models/digits/").json()["aliases"] == {"production": 1}
    assert client.get("/api/v1/models/digits/versions/1/").json()["aliases"] == ["production"]
    rows = client.get("/api/v1/models/digits/aliases/").json()["results"]
    assert [row["name"] for row in rows] == ["production"]
