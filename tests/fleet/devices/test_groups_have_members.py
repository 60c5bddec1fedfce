"""Static and dynamic groups."""

import pytest

from fleet.devices import groups, selectors
from fleet.devices.models import Device
from fleet.lib.errors import Conflict, NotFound, Refused, Stale
from tests.fleet.devices.factories import device
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db


def names(group: object) -> list[str]:
    return sorted(selectors.group_members(group).values_list("name", flat=True))  # type: ignore[arg-type]


@pytest.fixture
def fleet() -> list[Device]:
    return [device(f"d{i}", labels={"lot": "B7" if i < 2 else "A1"}) for i in range(4)]


def test_a_dynamic_group_follows_the_labels(fleet: list[Device]) -> None:
    group = groups.group_create(name="lot-b7", query="lot=B7", by=SYSTEM)
    assert names(group) == ["d0", "d1"]
    Device.objects.filter(name="d3").update(labels={"lot": "B7"})
    assert names(group) == ["d0", "d1", "d3"]


def test_a_static_group_has_its_list(fleet: list[Device]) -> None:
    ids = [fleet[0].public_id]
    group = groups.group_create(name="first", members=ids, by=SYSTEM)
    groups.group_members_change(
        group=group, add=[fleet[1].public_id, fleet[0].public_id], remove=[], by=SYSTEM
    )
    assert names(group) == ["d0", "d1"]
    groups.group_members_change(group=group, remove=ids, by=SYSTEM)
    assert names(group) == ["d1"]


@pytest.mark.parametrize("state", ["pending", "rejected", "decommissioned"])
def test_only_accepted_devices_are_members(fleet: list[Device], state: str) -> None:
    group = groups.group_create(name="all", members=[d.public_id for d in fleet], by=SYSTEM)
    Device.objects.filter(name="d0").update(state=state)
    assert names(group) == ["d1", "d2", "d3"]


def test_a_name_is_taken_once() -> None:
    groups.group_create(name="all", by=SYSTEM)
    with pytest.raises(Conflict):
        groups.group_create(name="all", by=SYSTEM)


def test_a_query_and_a_list_exclude_each_other(fleet: list[Device]) -> None:
    with pytest.raises(Refused, match="not both"):
        groups.group_create(name="x", query="a=1", members=[fleet[0].public_id], by=SYSTEM)
    dynamic = groups.group_create(name="x", query="a=1", by=SYSTEM)
    with pytest.raises(Refused, match="found by its query"):
        groups.group_members_change(group=dynamic, add=[], by=SYSTEM)
    static = groups.group_create(name="y", by=SYSTEM)
    with pytest.raises(Refused, match="has no query"):
        groups.group_edit(group=static, query="a=1", by=SYSTEM)


@pytest.mark.parametrize("wrong", [{"name": "a b"}, {"query": "lot"}, {"description": "x" * 400}])
def test_what_is_no_group_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(Refused):
        groups.group_create(**{"name": "x", "by": SYSTEM} | wrong)  # type: ignore[arg-type]


def test_an_unknown_device_is_named() -> None:
    with pytest.raises(NotFound, match="dev_nobody"):
        groups.group_create(name="x", members=["dev_nobody"], by=SYSTEM)
    assert not selectors.groups().exists()


def test_two_edits_do_not_overwrite_each_other() -> None:
    groups.group_create(name="x", query="a=1", by=SYSTEM)
    mine, theirs = selectors.group_get("x"), selectors.group_get("x")
    groups.group_edit(group=mine, query="a=2", description="two", by=SYSTEM)
    with pytest.raises(Stale):
        groups.group_edit(group=theirs, query="a=3", by=SYSTEM)


def test_a_group_is_found_by_name_or_id_and_deleted() -> None:
    group = groups.group_create(name="x", by=SYSTEM)
    assert selectors.group_get(group.public_id) == group
    groups.group_delete(group=group, by=SYSTEM)
    with pytest.raises(NotFound):
        selectors.group_get("x")
