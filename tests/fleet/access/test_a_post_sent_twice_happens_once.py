"""`Idempotency-Key` on a real view: the same call twice is one effect and one answer."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import override_settings
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from fleet.access.choices import CallState
from fleet.access.models import IdempotencyKey
from fleet.access.rest import idempotency
from fleet.access.rest.idempotency import LEASE, LIFE, idempotent
from fleet.lib import clock
from fleet.lib.errors import Conflict
from tests import personas

pytestmark = pytest.mark.django_db
URL = "/groups/"


class Groups(APIView):
    """Makes a group; refuses a name that is taken; fails on "crash"; answers badly on "bad"."""

    scope = "registry"

    @idempotent
    def post(self, request: Request) -> Response:
        name = request.data["name"]  # type: ignore[call-overload]
        if Group.objects.filter(name=name).exists():
            raise Conflict("taken")
        group = Group.objects.create(name=name)
        if name == "crash":
            raise RuntimeError(name)
        if name == "slow":
            # As if this process had stood still until its lease ran out and another took over.
            IdempotencyKey.objects.update(lease_until=clock.now() + timedelta(days=1))
        status = 422 if name == "bad" else 201
        return Response(None if name == "empty" else {"name": group.name}, status=status)


class LongGroups(Groups):
    """The same, for handlers that must not hold the database while they work."""

    @idempotent(atomic=False)
    def post(self, request: Request) -> Response:
        assert not transaction.get_connection().savepoint_ids
        return Groups.post.__wrapped__(self, request)  # type: ignore[attr-defined,no-any-return]


urlpatterns = [path("groups/", Groups.as_view()), path("long/", LongGroups.as_view())]


@pytest.fixture(autouse=True)
def _routes() -> Any:
    with override_settings(ROOT_URLCONF=__name__):
        yield


def post(name: str, key: str | None = "k1", client: APIClient | None = None, url: str = URL) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    rest = client or personas.client("engineer")
    return rest.post(url, {"name": name}, format="json", headers=headers)


def made(name: str) -> int:
    return Group.objects.filter(name=name).count()


def test_the_second_answer_is_the_first_again() -> None:
    first, second = post("a"), post("a")
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert made("a") == 1


def test_without_a_key_every_call_counts() -> None:
    assert post("a", key=None).status_code == 201
    assert post("a", key=None).status_code == 409
    assert not IdempotencyKey.objects.exists()


def test_an_empty_answer_is_repeated_empty() -> None:
    post("empty")
    assert post("empty").content == b""


def test_another_body_under_the_key_is_refused() -> None:
    post("a")
    answer = post("b")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert made("b") == 0


def test_another_caller_has_keys_of_their_own() -> None:
    post("a")
    other = post("b", client=personas.client("owner"))
    assert other.status_code == 201
    assert IdempotencyKey.objects.count() == 2


def test_a_refused_call_may_be_tried_again() -> None:
    Group.objects.create(name="a")
    assert post("a").status_code == 409
    Group.objects.get(name="a").delete()
    assert post("a").status_code == 201


def test_a_crash_leaves_nothing_behind() -> None:
    with pytest.raises(RuntimeError):
        post("crash")
    assert made("crash") == 0
    assert not IdempotencyKey.objects.exists()


def test_an_answer_that_is_an_error_takes_its_effect_back() -> None:
    assert post("bad").status_code == 422
    assert made("bad") == 0
    assert not IdempotencyKey.objects.exists()


def test_a_long_call_is_answered_once_too() -> None:
    first, second = post("a", url="/long/"), post("a", url="/long/")
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"


def test_a_long_call_that_is_refused_may_be_tried_again() -> None:
    Group.objects.create(name="a")
    assert post("a", url="/long/").status_code == 409
    assert post("bad", url="/long/").status_code == 422
    assert not IdempotencyKey.objects.exists()


def test_a_long_call_that_lost_its_lease_keeps_its_effect() -> None:
    assert post("slow", url="/long/").status_code == 201
    assert made("slow") == 1


def running(name: str, lease: timedelta) -> None:
    """Leave the key as a process would that is inside the call, or died there."""
    post(name)
    Group.objects.filter(name=name).delete()
    IdempotencyKey.objects.update(
        state=CallState.RUNNING, status=None, body="", lease_until=clock.now() + lease
    )


def test_a_call_that_still_runs_is_told_to_wait() -> None:
    running("a", LEASE)
    answer = post("a")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_progress")
    assert int(answer.headers["Retry-After"]) >= 1
    assert made("a") == 0


def test_the_call_of_a_dead_process_is_taken_over() -> None:
    running("a", -timedelta(seconds=1))
    assert post("a").status_code == 201
    assert made("a") == 1
    assert IdempotencyKey.objects.get().state == CallState.DONE


def test_a_process_that_lost_its_lease_takes_its_effect_back() -> None:
    answer = post("slow")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_progress")
    assert made("slow") == 0


def test_a_key_lives_a_day() -> None:
    post("a")
    with clock.fixed(clock.now() + LIFE + timedelta(seconds=1)):
        assert post("b").status_code == 201
    assert IdempotencyKey.objects.count() == 1


def test_the_purge_removes_what_is_over() -> None:
    post("a")
    assert idempotency.purge() == 0
    with clock.fixed(clock.now() + LIFE):
        assert idempotency.purge() == 1


@pytest.mark.parametrize("key", ["", "k" * 129, "tab\tkey"])
def test_a_strange_key_is_refused(key: str) -> None:
    answer = post("a", key=key)
    assert answer.status_code == 400
    assert "1 to 128 printable" in answer.json()["detail"]
    assert made("a") == 0


def test_a_caller_without_the_scope_leaves_no_key() -> None:
    assert post("a", client=personas.client("viewer")).status_code == 403
    assert not IdempotencyKey.objects.exists()


def test_work_after_commit_still_waits_for_the_commit(
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        post("a")
        transaction.on_commit(lambda: None)
    assert len(callbacks) == 1
