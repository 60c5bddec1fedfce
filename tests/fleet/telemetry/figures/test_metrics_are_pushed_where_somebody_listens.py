"""The push of metrics: to a listener of its own, and never an error of the service."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import urllib3

from fleet.telemetry.figures import families, push
from fleet.telemetry.figures.push import metrics_push
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.django_db


class Listener(BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers), json.loads(body)))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Location", "http://elsewhere.invalid/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def collector(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    families._read.clear()
    monkeypatch.setattr(push, "TIMEOUT", urllib3.Timeout(PATIENCE_SECONDS))
    server = HTTPServer(("127.0.0.1", 0), Listener)
    server.heard, server.status = [], 200  # type: ignore[attr-defined]
    settings.EDGEFLEET_OTLP_ENDPOINT = f"http://127.0.0.1:{server.server_port}/v1/metrics"
    settings.EDGEFLEET_OTLP_HEADERS = {"Authorization": "Bearer of-the-collector"}
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_one_document_is_posted_with_the_headers(collector: Any) -> None:
    assert metrics_push()
    path, headers, body = collector.heard[0]
    assert path == "/v1/metrics"
    assert headers["Authorization"] == "Bearer of-the-collector"
    assert headers["Content-Type"] == "application/json"
    metrics = body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
    assert "edgefleet_devices" in {each["name"] for each in metrics}


@pytest.mark.parametrize("status", [302, 400, 503])
def test_what_is_refused_is_a_line_without_the_secret(
    collector: Any, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    collector.status = status
    assert not metrics_push()
    assert f"refused by 127.0.0.1 with status {status}" in caplog.text
    assert "of-the-collector" not in caplog.text


def test_nobody_there_is_a_line(
    collector: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    del collector
    settings.EDGEFLEET_OTLP_ENDPOINT = "http://127.0.0.1:1/v1/metrics"
    assert not metrics_push()
    assert "were not pushed to 127.0.0.1" in caplog.text


def test_without_an_endpoint_nothing_is_read(
    settings: Any, django_assert_max_num_queries: Any
) -> None:
    settings.EDGEFLEET_OTLP_ENDPOINT = ""
    with django_assert_max_num_queries(0):
        assert not metrics_push()
