"""Every refusal leaves as RFC 9457 problem details with one sentence and a stable code."""

from http import HTTPStatus
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from fleet.lib import errors
from fleet.lib.rest.problems import problem_handler
from fleet.lib.rest.refusals import PROBLEM_JSON

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type)]
OURS = [kind for kind in KINDS if issubclass(kind, errors.FleetError)]


def answer(error: Exception) -> Response:
    response = problem_handler(error, {})
    assert response is not None
    return response


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_each_error_of_ours_has_a_status_a_code_and_its_sentence(kind: Any) -> None:
    response = answer(kind("The model is too old.", extra={"limit": 3}))
    assert response.status_code == kind.http_status
    assert response.content_type == PROBLEM_JSON
    assert response.data["detail"] == "The model is too old."
    assert response.data["code"] == kind.code
    assert response.data["title"] == HTTPStatus(kind.http_status).phrase
    assert response.data["limit"] == 3


def test_codes_tell_errors_apart() -> None:
    codes = [kind.code for kind in OURS]
    assert len(codes) == len(set(codes))


def test_a_caller_may_name_a_finer_code() -> None:
    assert answer(errors.Conflict("No.", code="alias_moved")).data["code"] == "alias_moved"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404("secret table"), 404, "not_found"),
        (PermissionDenied("secret rule"), 403, "forbidden"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
    ],
)
def test_errors_of_the_frameworks_take_the_same_form(
    error: Exception, status: int, code: str
) -> None:
    response = answer(error)
    assert (response.status_code, response.data["code"]) == (status, code)
    assert "secret" not in str(response.data)


def test_a_wrong_field_is_named_in_the_sentence() -> None:
    response = answer(serializers.ValidationError({"items": [{}, {"name": ["Too long."]}]}))
    assert response.status_code == 400
    assert response.data["detail"].startswith("items: ")
    assert set(response.data["fields"]) == {"items"}


def test_a_limit_tells_when_to_come_back() -> None:
    throttled = answer(exceptions.Throttled(wait=7))
    ours = answer(errors.TooManyRequests("Later.", extra={"retry_after_seconds": 7}))
    assert throttled.headers["Retry-After"] == ours.headers["Retry-After"] == "8"


def test_what_nobody_expected_stays_an_exception() -> None:
    assert problem_handler(RuntimeError("a bug"), {}) is None
