"""Authentication of a device's own requests, through a view that only tests mount."""

import pytest
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient

from fleet.devices import presence
from fleet.devices.device_api.views import DeviceView
from fleet.devices.models import Device
from tests.fleet.devices.factories import Machine, device
from tests.personas import client

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class Echo(DeviceView):
    def get(self, request: Request, controller_id: str) -> Response:
        return Response({"device": self.device().controller_id})


from fleet.devices.device_api.urls import urlpatterns as device_urls  # noqa: E402

urlpatterns = [*device_urls, path("echo/<str:controller_id>", Echo.as_view())]


@pytest.fixture
def machine() -> Machine:
    machine = Machine()
    device(machine=machine)
    return machine


def test_a_session_speaks_for_its_device(machine: Machine) -> None:
    assert machine.client().get("/echo/cam-01").data == {"device": "cam-01"}


def test_it_speaks_for_no_other_device(machine: Machine) -> None:
    device("cam-02")
    assert machine.client().get("/echo/cam-02").status_code == 404


def test_anonymous_and_people_are_no_devices() -> None:
    device()
    anonymous = APIClient().get("/echo/cam-01")
    assert anonymous.status_code == 401
    assert anonymous["WWW-Authenticate"] == "DeviceToken"
    assert client("owner").get("/echo/cam-01").status_code == 401


@pytest.mark.parametrize(
    ("state", "status"), [("pending", 403), ("rejected", 403), ("decommissioned", 410)]
)
def test_a_device_that_is_no_longer_accepted_is_out_at_once(
    machine: Machine, state: str, status: int
) -> None:
    rest = machine.client()
    Device.objects.update(state=state)
    assert rest.get("/echo/cam-01").status_code == status


def test_a_poll_is_one_read_and_no_write(
    machine: Machine, django_assert_num_queries: object
) -> None:
    rest = machine.client()
    with django_assert_num_queries(1):  # type: ignore[operator]
        rest.get("/echo/cam-01")


def test_last_seen_is_written_in_one_batch_later(
    machine: Machine, django_assert_max_num_queries: object
) -> None:
    rest = machine.client()
    presence.flush()  # what other tests saw
    Device.objects.update(last_seen_at=None)
    rest.get("/echo/cam-01")
    assert Device.objects.get().last_seen_at is None
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        assert presence.flush() == 1
    assert Device.objects.get().last_seen_at is not None
    assert presence.flush() == 0
