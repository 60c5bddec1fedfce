"""Every 500 is logged once, with who, what, how long and why, and counted by its route."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from prometheus_client import REGISTRY

from fleet.lib import logs
from tests import personas

pytestmark = pytest.mark.django_db
URL = "/api/v1/models/"


class Collected(logging.Handler):
    """What would have been written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []
        self.setFormatter(logs.formatter("json"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def written() -> Iterator[list[dict[str, Any]]]:
    handler = Collected()
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(level)


def count(status: int, route: str) -> float:
    labels = {"route": route, "method": "GET", "status": str(status)}
    return REGISTRY.get_sample_value("edgefleet_http_responses_total", labels) or 0.0


def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("no luck with postgresql://fleet:hunter2@db/fleet")

    monkeypatch.setattr("rest_framework.generics.GenericAPIView.filter_queryset", fails)


def test_every_500_leaves_a_trace(
    monkeypatch: pytest.MonkeyPatch, written: list[dict[str, Any]]
) -> None:
    rest = personas.client("viewer")
    broken(monkeypatch)
    before = count(500, URL)
    rest.raise_request_exception = False
    answer = rest.get(URL, headers={"x-request-id": "from-the-pipeline-7"})
    assert answer.status_code == 500
    problem = json.loads(answer.content)
    assert (problem["code"], problem["request_id"]) == ("server_error", "from-the-pipeline-7")
    assert answer["X-Request-ID"] == "from-the-pipeline-7"
    assert "luck" not in answer.content.decode()
    (told,) = [line for line in written if line["level"] == "error"]
    assert told["request_id"] == "from-the-pipeline-7"
    assert told["who"] == f"user/{personas.user('viewer').pk}"
    assert (told["what"], told["route"], told["status"]) == (f"GET {URL}", URL, 500)
    assert told["ms"] >= 0
    assert told["exception"] == "RuntimeError: no luck with postgresql://fleet:[hidden]@db/fleet"
    assert "test_every_500_leaves_a_trace" in told["trace"]
    assert "hunter2" not in json.dumps(told)
    assert count(500, URL) == before + 1


def test_a_500_that_we_raise_ourselves_is_told_too(written: list[dict[str, Any]]) -> None:
    from pathlib import Path

    from registry import blobs

    blob = blobs.put_bytes(b"to be damaged")
    Path(blobs.storage().path(blobs.path_of(blob.sha256))).unlink()
    Path(blobs.storage().path(blobs.path_of(blob.sha256))).write_bytes(b"damaged")
    assert personas.client("viewer").get(f"/api/v1/blobs/{blob.sha256}/").status_code == 500
    (told,) = [line for line in written if line["level"] == "error"]
    assert told["exception"].startswith("BlobDamaged")
    Path(blobs.storage().path(blobs.path_of(blob.sha256))).unlink()


def test_a_page_that_fails_gives_people_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    rest = Client(raise_request_exception=False)
    rest.force_login(personas.user("owner"))
    monkeypatch.setattr("django.contrib.auth.models.User.has_perm", lambda *_, **__: 1 / 0)
    answer = rest.get("/console/")
    assert answer.status_code == 500
    assert answer["X-Request-ID"] in answer.content.decode()


def test_each_request_is_one_line_with_its_caller(written: list[dict[str, Any]]) -> None:
    personas.token_client("viewer", ["registry.read"]).get(f"{URL}?page_size=17")
    (told,) = [line for line in written if line["logger"] == "fleet.access.rest.request_log"]
    assert told["who"].startswith("token/tok_")
    assert (told["status"], told["level"]) == (200, "info")
    assert "page_size" not in json.dumps(told), "queries are not logged"
    assert len(told["request_id"]) == 2 * logs.ID_BYTES


@pytest.mark.parametrize("brought", ["short", "x" * 65, "with blank in", "line\tbreak-line"])
def test_an_id_that_is_not_plain_is_replaced(brought: str) -> None:
    answer = Client().get("/livez", headers={"x-request-id": brought})
    assert answer["X-Request-ID"] != brought


def test_nobody_is_asked_who_it_was_for_the_log(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        Client().get("/livez")
