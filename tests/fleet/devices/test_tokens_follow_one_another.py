"""Two tokens are good at once while one takes the other's place, and never a third."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from fleet.access.models import AuditEntry
from fleet.devices import groups
from fleet.devices.authentication import caller_of_target_token
from fleet.devices.models import ClientToken, Device, DeviceEvent, Group
from fleet.devices.tokens import issue as tokens
from fleet.devices.tokens.secret import Purpose
from fleet.lib import clock
from fleet.lib.errors import Conflict, Unauthenticated
from tests.fleet.devices.factories import device
from tests.personas import SYSTEM, client

pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> Device:
    return device()


def issue(holder: Device | Group) -> str:
    return tokens.token_issue(holder=holder, by=SYSTEM)[1]


def use(secret: str, purpose: Purpose = Purpose.TARGET_TOKEN) -> bool:
    """Whether the secret is good; using it counts."""
    token = tokens.token_of(purpose, secret)
    if token is not None:
        tokens.token_used(token)
    return token is not None


def states() -> list[str]:
    return [token.state(clock.now()) for token in ClientToken.objects.order_by("pk")]


def test_a_secret_is_stored_as_a_hash_and_says_what_it_is(row: Device) -> None:
    secret = issue(row)
    assert secret.startswith("ef_dev_")
    assert len(secret) <= 128, "clients keep no more"
    stored = {str(value) for value in ClientToken.objects.values()[0].values()}
    assert not [value for value in stored if secret in value]


def test_the_old_one_stays_good_until_the_new_one_is_used(row: Device) -> None:
    old, new = issue(row), issue(row)
    assert use(old)
    assert use(old), "the device has not heard of the new one yet"
    assert states() == ["ending", "active"]
    assert use(new)
    assert states() == ["retired", "active"]
    assert not use(old)


def test_the_old_one_ends_by_itself(row: Device, settings: Any) -> None:
    settings.EDGEFLEET_TOKEN_OVERLAP_DAYS = 3
    old, new = issue(row), issue(row)
    with clock.fixed(clock.now() + timedelta(days=2, hours=23)):
        assert use(old)
    with clock.fixed(clock.now() + timedelta(days=3, seconds=1)):
        assert not use(old)
        assert use(new)


def test_an_operator_retires_either(row: Device) -> None:
    old, new = issue(row), issue(row)
    first, second = ClientToken.objects.order_by("pk")
    tokens.token_retire(token=second, by=SYSTEM)
    assert (use(old), use(new)) == (True, False)
    tokens.token_retire(token=first, by=SYSTEM)
    tokens.token_retire(token=first, by=SYSTEM)
    assert not use(old)
    assert AuditEntry.objects.filter(action="devices.target_token_retired").count() == 2


def test_a_third_is_refused_while_two_are_good(row: Device) -> None:
    issue(row)
    new = issue(row)
    with pytest.raises(Conflict, match="retire one"):
        issue(row)
    use(new)
    issue(row)
    assert states() == ["retired", "ending", "active"]


def test_every_change_is_told(row: Device) -> None:
    issue(row)
    use(issue(row))
    told = list(AuditEntry.objects.order_by("sequence").values_list("action", "actor_label"))
    assert told[-1] == ("devices.target_token_retired", "the first use of the newer token")
    assert [action for action, _ in told[:-1]] == ["devices.target_token_made"] * 2
    assert DeviceEvent.objects.filter(device=row, kind="credential").count() == 3


def test_the_second_use_writes_nothing(row: Device, django_assert_num_queries: Any) -> None:
    secret = issue(row)
    use(secret)
    with django_assert_num_queries(1):
        assert use(secret)


def test_a_device_token_is_no_gateway_token(row: Device) -> None:
    group = groups.group_create(name="lab", by=SYSTEM, members=[row.public_id])
    assert not use(issue(row), Purpose.GATEWAY_TOKEN)
    assert not use(issue(group), Purpose.TARGET_TOKEN)
    assert use(issue(group), Purpose.GATEWAY_TOKEN)


@pytest.mark.parametrize("secret", ["", "x", "ef_dev_" + "a" * 27, "x" * 5000])
def test_a_made_up_secret_is_refused(row: Device, secret: str) -> None:
    issue(row)
    with pytest.raises(Unauthenticated):
        caller_of_target_token(secret)


def test_a_decommissioned_device_gets_none(row: Device) -> None:
    row.state = "decommissioned"
    with pytest.raises(Conflict):
        issue(row)


def test_the_database_holds_one_newest_token_a_holder(row: Device) -> None:
    issue(row)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClientToken.objects.create(device=row, digest="0" * 64, made_by="somebody else")


def rest(who: str, method: str, path: str) -> Any:
    return getattr(client(who), method)(f"/api/v1/{path}", {}, format="json")


@pytest.mark.parametrize("kind", ["device", "group"])
def test_they_are_made_listed_and_retired_over_rest(row: Device, kind: str) -> None:
    groups.group_create(name="lab", by=SYSTEM)
    base = f"devices/{row.public_id}/tokens/" if kind == "device" else "groups/lab/tokens/"
    made = rest("operator", "post", base)
    assert made.status_code == 201
    assert made.data["token"].startswith("ef_dev_" if kind == "device" else "ef_gw_")
    (listed,) = rest("viewer", "get", base).data["results"]
    assert "token" not in listed
    assert (listed["id"], listed["state"], listed["used"]) == (made.data["id"], "active", False)
    for who, status in (("viewer", 403), ("stranger", 403), ("anonymous", 401)):
        assert rest(who, "post", base).status_code == status
        assert rest(who, "delete", f"{base}{listed['id']}/").status_code == status
    assert rest("anonymous", "get", base).status_code == 401
    assert rest("stranger", "get", base).status_code == 403
    assert rest("operator", "delete", f"{base}{listed['id']}/").status_code == 204
    assert rest("viewer", "get", base).data["results"][0]["state"] == "retired"


def test_another_holders_token_does_not_exist(row: Device) -> None:
    other = device("cam-02")
    made = rest("operator", "post", f"devices/{row.public_id}/tokens/").data["id"]
    path = f"devices/{other.public_id}/tokens/{made}/"
    assert rest("operator", "delete", path).status_code == 404
    assert states() == ["active"]
