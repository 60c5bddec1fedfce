"""A person keeps filters of the list of devices; shared ones are seen by all and changed by none
but their owner.
"""

from typing import Any, Final

import pytest

from fleet.access.models import AuditEntry
from fleet.devices import filters
from fleet.devices.models import DeviceFilter
from tests import personas

pytestmark = pytest.mark.django_db
LIST: Final = "/api/v1/device-filters/"
ASKED: Final = {"q": "lot=B7", "seen": "silent 24h"}


def kept(who: str = "operator", **changes: Any) -> Any:
    body = {"name": "silent B7", "asked": ASKED, **changes}
    return personas.client(who).post(LIST, body)


def names(who: str) -> list[str]:
    return [row["name"] for row in personas.client(who).get(LIST).json()["results"]]


def test_one_keeps_what_was_asked_and_nobody_else_sees_it() -> None:
    made = kept().json()
    assert (made["owner"], made["shared"], made["asked"]) == ("operator", False, ASKED)
    assert names("operator") == ["silent B7"]
    assert names("owner") == []
    assert personas.client("owner").get(f"{LIST}{made['id']}/").status_code == 404


def test_a_shared_one_is_seen_by_all_and_changed_by_its_owner_alone() -> None:
    address = f"{LIST}{kept(shared=True).json()['id']}/"
    assert names("viewer") == ["silent B7"]
    refused = personas.client("owner").patch(address, {"name": "mine"})
    assert refused.status_code == 403
    assert "of operator" in refused.json()["detail"]
    assert personas.client("owner").delete(address).status_code == 403
    changed = personas.client("operator").patch(address, {"name": "B7", "shared": False})
    assert (changed.json()["name"], changed.json()["asked"]) == ("B7", ASKED)
    assert personas.client("operator").delete(address).status_code == 204
    acts = AuditEntry.objects.filter(action__startswith="devices.filter_").order_by("pk")
    assert [each.action.rpartition("_")[2] for each in acts] == ["create", "edit", "delete"]


WRONG: Final[tuple[tuple[dict[str, str], str], ...]] = (
    ({}, "nothing to keep"),
    ({"sort": "name"}, "nothing to keep"),
    ({"q": "lot=="}, ""),
    ({"version": '1"'}, "no quotes"),
    ({"q": "cam", "sort": "size"}, "must be one of"),
    ({"gate": "x"}, ""),
    ({"seen": "never"}, ""),
)


@pytest.mark.parametrize(("asked", "said"), WRONG)
def test_what_the_list_does_not_understand_is_not_kept(asked: dict[str, str], said: str) -> None:
    answer = kept(asked=asked)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not DeviceFilter.objects.exists()


def test_a_name_is_kept_once_and_is_bounded() -> None:
    assert kept().status_code == 201
    assert kept().status_code == 409
    assert kept("owner").status_code == 201
    for name in ("", "x" * 81):
        assert kept(name=name).status_code == 400


def test_a_person_keeps_so_many_and_no_more(monkeypatch: Any) -> None:
    monkeypatch.setattr(filters, "FILTERS_MAX", 2)
    assert [kept(name=name).status_code for name in "abc"] == [201, 201, 409]


def test_a_viewer_and_a_stranger_keep_nothing() -> None:
    assert kept("viewer").status_code == 403
    assert kept("stranger").status_code == 403
    assert personas.client("stranger").get(LIST).status_code == 403
