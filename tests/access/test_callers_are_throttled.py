"""One caller's flood slows that caller and nobody else."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from fleet.access.throttles import CallerThrottle
from tests import personas

pytestmark = pytest.mark.django_db


class View(APIView):
    """Answers everybody, a few times a minute."""

    permission_classes = ()
    throttle_classes = (CallerThrottle,)

    def get(self, request: Request) -> Response:
        return Response({})


@pytest.fixture(autouse=True)
def _budget(settings: pytest.FixtureRequest) -> Iterator[None]:
    settings.EDGEFLEET_API_PER_MINUTE = 3  # type: ignore[attr-defined]
    cache.clear()
    yield
    cache.clear()


def ask(persona: str | None = None, address: str = "192.0.2.1") -> Response:
    request = APIRequestFactory().get("/", REMOTE_ADDR=address)
    if persona:
        force_authenticate(request, personas.user(persona))
    return View.as_view()(request)


def test_the_budget_is_for_a_minute() -> None:
    assert [ask("viewer").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_the_refusal_says_when_to_come_back() -> None:
    for _ in range(3):
        ask("viewer")
    answer = ask("viewer")
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert answer.data["code"] == "throttled"


def test_another_caller_is_not_slowed() -> None:
    for _ in range(4):
        ask("viewer")
    assert ask("engineer").status_code == 200


def test_anonymous_callers_share_the_budget_of_their_address() -> None:
    assert [ask().status_code for _ in range(4)][-1] == 429
    assert ask(address="192.0.2.2").status_code == 200
