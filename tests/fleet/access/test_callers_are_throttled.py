"""One caller's flood slows that caller and nobody else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from fleet.access.rest.throttles import CallerThrottle
from fleet.lib import clock
from tests import personas

pytestmark = pytest.mark.django_db
MINUTE = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


class View(APIView):
    """Answers everybody, a few times a minute."""

    permission_classes = ()
    throttle_classes = (CallerThrottle,)

    def get(self, request: Request) -> Response:
        return Response({})


@pytest.fixture(autouse=True)
def _budget(settings: Any) -> Iterator[None]:
    settings.EDGEFLEET_API_PER_MINUTE = 3
    cache.clear()
    yield
    cache.clear()


def ask(persona: str | None = None, *, address: str = "192.0.2.1", second: int = 15) -> Response:
    request = APIRequestFactory().get("/", REMOTE_ADDR=address)
    if persona:
        force_authenticate(request, personas.user(persona))
    with clock.fixed(MINUTE + timedelta(seconds=second)):
        return View.as_view()(request)


def statuses(count: int, persona: str | None = None, **more: Any) -> list[int]:
    return [ask(persona, **more).status_code for _ in range(count)]


def test_the_budget_is_for_a_minute() -> None:
    assert statuses(4, "viewer") == [200, 200, 200, 429]


def test_the_next_minute_has_a_new_budget() -> None:
    statuses(4, "viewer")
    assert statuses(1, "viewer", second=60) == [200]


def test_the_refusal_says_when_to_come_back() -> None:
    statuses(3, "viewer")
    answer = ask("viewer")
    assert answer.headers["Retry-After"] == "46"
    assert answer.data["code"] == "throttled"


def test_another_caller_is_not_slowed() -> None:
    statuses(4, "viewer")
    assert statuses(1, "engineer") == [200]


def test_anonymous_callers_share_the_budget_of_their_address() -> None:
    assert statuses(4)[-1] == 429
    assert statuses(1, address="192.0.2.2") == [200]


def test_a_cache_that_forgets_lets_callers_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(cache), "add", lambda *_, **__: False, raising=False)
    assert statuses(5, "viewer") == [200] * 5
