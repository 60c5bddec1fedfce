"""A gateway's page shows who is behind it and accepts them; a child's page leads to its gateway."""

from typing import Any

import pytest

from fleet.devices.models import Device
from tests import personas
from tests.fleet.devices.factories import device

pytestmark = pytest.mark.django_db


def family() -> tuple[Device, Device]:
    gateway, child = device("gw-1"), device("mcu-1")
    told = {"board": "mps2_an386", "link": "console /dev/ttyACM0", "slots": "0 good; 1 empty"}
    Device.objects.filter(pk=child.pk).update(
        behind=gateway, hardware_id="01" * 8, attributes=told, state="pending"
    )
    return gateway, child


def look(row: Device) -> str:
    answer = personas.client("operator").get(f"/console/devices/{row.public_id}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_each_page_leads_to_the_other() -> None:
    gateway, child = family()
    parent, own = look(gateway), look(child)
    assert "1 device behind it" in parent
    assert f"/console/devices/{child.public_id}" in parent
    assert "console /dev/ttyACM0" in parent
    assert f"/console/devices/{gateway.public_id}" in own
    assert "0 good; 1 empty" in own
    assert "behind it" not in own


@pytest.mark.parametrize(
    ("verb", "accepts", "state"),
    [("accept-children", True, "accepted"), ("hold-children", False, "pending")],
)
def test_a_button_accepts_all_of_them(verb: str, state: str, *, accepts: bool) -> None:
    gateway, child = family()
    if not accepts:
        Device.objects.filter(pk=gateway.pk).update(accepts_children=True)
    client: Any = personas.client("operator")
    address = f"/console/devices/{gateway.public_id}"
    answer = client.post(f"{address}/{verb}", {"back": address}, follow=True)
    assert answer.status_code == 200
    gateway.refresh_from_db()
    child.refresh_from_db()
    assert (gateway.accepts_children, child.state) == (accepts, state)


def test_a_device_without_children_shows_nothing_of_it() -> None:
    assert "behind it" not in look(device("cam-1"))
