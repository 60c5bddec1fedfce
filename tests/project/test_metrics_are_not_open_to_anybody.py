"""`/metrics` is for a token, and by setting for programs on this machine."""

from typing import Any

import pytest
from django.test import Client

from tests import personas

pytestmark = pytest.mark.django_db
ELSEWHERE = "192.0.2.7"


def status(**meta: Any) -> int:
    return Client(**meta).get("/metrics").status_code


def bearer(secret: str) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}", "REMOTE_ADDR": ELSEWHERE}


def test_metrics_are_not_open_to_anybody() -> None:
    answer = Client(REMOTE_ADDR=ELSEWHERE).get("/metrics")
    assert (answer.status_code, b"edgefleet" in answer.content) == (401, False)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_the_token_of_the_settings_opens_them(settings: Any) -> None:
    settings.EDGEFLEET_METRICS_TOKEN = "of the monitor"
    assert status(**bearer("of the monitor")) == 200
    assert status(**bearer("another")) == 401
    settings.EDGEFLEET_METRICS_TOKEN = ""
    assert status(**bearer("")) == 401, "an empty one is none"


def test_an_api_token_with_the_scope_opens_them() -> None:
    assert status(**bearer(personas.token("owner", ["access.metrics"])[1])) == 200
    assert status(**bearer(personas.token("owner", ["access.read"])[1])) == 401


def test_a_revoked_token_opens_nothing() -> None:
    from fleet.access import services

    token, secret = personas.token("owner", ["access.metrics"])
    services.token_revoke(token=token, by=personas.SYSTEM)
    assert status(**bearer(secret)) == 401


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_this_machine_may_read_them_where_the_setting_says_so(settings: Any, address: str) -> None:
    assert status(REMOTE_ADDR=address) == 200
    settings.EDGEFLEET_METRICS_LOOPBACK = False
    assert status(REMOTE_ADDR=address) == 401


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"])
def test_a_proxy_on_this_machine_does_not_open_them(settings: Any, header: str) -> None:
    assert status(REMOTE_ADDR="127.0.0.1", **{header: ELSEWHERE}) == 401
    settings.EDGEFLEET_PROXIES = 1
    assert status(REMOTE_ADDR="127.0.0.1") == 401
