"""`If-Match` and `ETag` on what people edit: a change says what it was made from, or is 412."""

from typing import Any, Final

import pytest
from rest_framework.test import APIClient

from fleet.lib.rest.conditions import EditedView
from tests import personas
from tests.fleet.lib.rest.world import WRITING, World, fingerprint

CHANGES: Final[dict[str, Any]] = {
    "api/v1/models/<slug:name>/": {"title": "Digits"},
    "api/v1/models/<slug:name>/versions/<int:number>/": {"description": "The first."},
    "api/v1/datasets/<str:public_id>/": {"archived": True},
    "api/v1/models/<slug:name>/aliases/<slug:alias>/": {"protected": True},
    "api/v1/devices/<str:public_id>/": {"labels": {"site": "paris"}},
    "api/v1/device-filters/<str:public_id>/": {"name": "lot B8"},
    "api/v1/groups/<str:name>/": {"description": "the lab"},
    "api/v1/rules/<str:public_id>/": {"quorum_devices": 3},
    "api/v1/destinations/<str:public_id>/": {"events": ["incident.opened"]},
    "api/v1/policies/<str:name>/": {"policy": {"max_in_flight": 7}},
}
BOGUS: Final = ('"bogus"', 'W/"bogus"', '"a", "b"', "no tag at all", "")


@pytest.fixture
def owner(db: None) -> APIClient:
    del db
    return personas.client("owner")


def test_everything_that_is_edited_is_in_this_table(world: World) -> None:
    edited = {endpoint.route for endpoint in world.endpoints("put", "patch")}
    assert edited == set(CHANGES)
    assert all(issubclass(one.view, EditedView) for one in world.endpoints("put", "patch"))


@pytest.mark.parametrize("route", CHANGES)
def test_the_right_tag_passes_once(route: str, world: World, owner: APIClient) -> None:
    path = world.path(route)
    tag = owner.get(path)["ETag"]
    assert tag == owner.get(path)["ETag"], "it moves by itself"
    for wrong in BOGUS:
        answer = owner.patch(path, CHANGES[route], headers={"If-Match": wrong})
        assert answer.status_code == 412, wrong
        assert answer.json()["etag"] == tag
    assert owner.get(path)["ETag"] == tag
    done = owner.patch(path, CHANGES[route], headers={"If-Match": f'"other", {tag}'})
    assert done.status_code == 200
    assert done["ETag"] == owner.get(path)["ETag"] != tag
    assert owner.patch(path, CHANGES[route], headers={"If-Match": tag}).status_code == 412
    assert owner.patch(path, CHANGES[route], headers={"If-Match": "*"}).status_code == 200


def test_a_device_that_polls_keeps_its_tag(world: World, owner: APIClient, settings: Any) -> None:
    settings.EDGEFLEET_TARGET_TOKENS = True
    path = world.path("api/v1/devices/<str:public_id>/")
    tag = owner.get(path)["ETag"]
    device = APIClient(headers={"Authorization": f"TargetToken {world.device_secret}"})
    base = f"/default/controller/v1/{world.device.controller_id}"
    assert device.get(base).status_code == 200
    assert owner.get(path)["ETag"] == tag


def test_a_bogus_tag_never_passes_anywhere(world: World, owner: APIClient) -> None:
    before = fingerprint()
    for endpoint in world.endpoints(*WRITING):
        answer = owner.generic(
            endpoint.method.upper(), endpoint.path, headers={"If-Match": '"bogus"'}
        )
        # Without a tag the condition is judged first, with one the body is.
        assert answer.status_code in {400, 412}, (str(endpoint), answer.content[:200])
    assert fingerprint() == before


def test_an_alias_that_must_be_new_overwrites_none(world: World, owner: APIClient) -> None:
    number = world.names["models"]["number"]
    base = world.path("api/v1/models/<slug:name>/aliases/")
    new, body = {"If-None-Match": "*"}, {"version": number, "expected": None}
    assert owner.put(f"{base}fresh/", body, headers=new).status_code == 200
    moved = {"version": number, "expected": number}
    assert owner.put(f"{base}fresh/", moved, headers=new).status_code == 412
    assert owner.put(f"{base}gone/", body, headers={"If-Match": "*"}).status_code == 412


def test_an_alias_that_moved_shows_when(world: World, owner: APIClient) -> None:
    number = world.names["models"]["number"]
    path = world.path("api/v1/models/<slug:name>/aliases/<slug:alias>/")
    moved = owner.put(path, {"version": number, "expected": number})
    assert moved.json()["updated_at"] == owner.get(path).json()["updated_at"]
