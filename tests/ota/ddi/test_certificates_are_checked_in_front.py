"""A proxy that has checked a device's certificate names the device; nobody else's word counts."""

from typing import Any

import pytest
from django.test import Client

from fleet.devices.models import Device
from tests.ota import makers

pytestmark = pytest.mark.django_db
ISSUER = "0a1b2c3d"


@pytest.fixture(autouse=True)
def behind_a_proxy(settings: Any) -> None:
    settings.EDGEFLEET_PROXY_CERTIFICATES = True
    settings.EDGEFLEET_TRUSTED_PROXIES = ("10.0.0.0/8", "fd00::/8")
    settings.EDGEFLEET_CERTIFICATE_ISSUERS = ("ffff", ISSUER.upper())


def poll(headers: dict[str, str], address: str = "10.1.2.3", device: str = "cam-000") -> Any:
    makers.devices(2)
    return Client(headers=headers, REMOTE_ADDR=address).get(f"/default/controller/v1/{device}")


NAMED = {"x-controller-id": "cam-000"}


@pytest.mark.parametrize(
    "issuers",
    [
        {"x-authority": ISSUER},
        {"x-authority": f"abc, {ISSUER}"},
        {"x-authority": f"abc;{ISSUER.upper()}"},
        {"x-authority-0": "abc", "x-authority-1": ISSUER},
        {"x-authority-15": ISSUER},
    ],
)
def test_a_device_with_a_trusted_certificate_is_let_in(issuers: dict[str, str]) -> None:
    assert poll(NAMED | issuers).status_code == 200


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        (NAMED | {"x-authority": "abc"}, "10.1.2.3"),
        (NAMED | {"x-authority-16": ISSUER}, "10.1.2.3"),
        (NAMED, "10.1.2.3"),
        ({"x-authority": ISSUER}, "10.1.2.3"),
        ({"x-controller-id": "cam-001", "x-authority": ISSUER}, "10.1.2.3"),
        ({"x-controller-id": "nobody", "x-authority": ISSUER}, "10.1.2.3"),
        (NAMED | {"x-authority": ISSUER}, "192.0.2.1"),
        (NAMED | {"x-authority": ISSUER}, "2001:db8::1"),
        (NAMED | {"x-authority": ISSUER}, ""),
    ],
)
def test_everybody_else_is_not(headers: dict[str, str], address: str) -> None:
    assert poll(headers, address).status_code == 401


def test_a_token_goes_before_headers() -> None:
    headers = NAMED | {"x-authority": ISSUER, "authorization": "TargetToken wrong"}
    assert poll(headers).status_code == 401


def test_switched_off_headers_mean_nothing(settings: Any) -> None:
    settings.EDGEFLEET_PROXY_CERTIFICATES = False
    assert poll(NAMED | {"x-authority": ISSUER}).status_code == 401


def test_a_device_that_was_rejected_stays_out() -> None:
    makers.devices(1, prefix="bad")
    Device.objects.filter(controller_id="bad-000").update(state="rejected")
    headers = {"x-controller-id": "bad-000", "x-authority": ISSUER}
    assert poll(headers, device="bad-000").status_code == 403


@pytest.mark.parametrize(("address", "scheme"), [("10.1.2.3", "https"), ("fd00::9", "https")])
def test_links_are_of_the_scheme_that_the_device_called(address: str, scheme: str) -> None:
    headers = NAMED | {"x-authority": ISSUER, "x-forwarded-proto": "https"}
    links = poll(headers, address).json()["_links"]
    assert {link["href"].partition(":")[0] for link in links.values()} == {scheme}
