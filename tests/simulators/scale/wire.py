"""Requests as the web server hands them over, without a socket."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

HANDLER = WSGIHandler()


def call(method: str, path: str, body: bytes = b"", **headers: str) -> Callable[[], bytes]:
    """Return a call of an address that answers with the body. Raises AssertionError unless 200."""
    kind = headers.pop("CONTENT_TYPE", "application/json")
    said: dict[str, Any] = dict(headers)
    environ = RequestFactory().generic(method, path, body, content_type=kind, **said).environ

    def answer() -> bytes:
        told: list[str] = []

        def begin(status: str, headers: list[tuple[str, str]], fault: Any = None) -> Any:
            del headers, fault
            told.append(status)

        response = HANDLER({**environ, "wsgi.input": BytesIO(body)}, begin)
        whole = b"".join(response)
        response.close()
        assert told[0].startswith("200"), (told, whole[:500])
        return whole

    return answer
