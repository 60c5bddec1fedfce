"""The agent's wire, ending in the real service's views instead of a socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from device_agent.errors import ServiceUnreachable
from device_agent.net.transport import Request, Response, Stream
from tests.device_agent.simulators.wire import SimStream

PIECE = 4096


class ServiceWire:
    """Asks Django's test client; ``cut_at`` breaks downloads off."""

    def __init__(self) -> None:
        self._client = Client()
        self.cut_at: int | None = None
        self.sent: list[Request] = []
        self.answers: list[tuple[str, int, bytes]] = []

    def fetch(self, request: Request, *, limit: int) -> Response:
        answer = self._ask(request)
        if len(answer.body) > limit:
            raise ServiceUnreachable("Too large.")
        self.answers.append((request.url, answer.status, answer.body))
        return answer

    @contextmanager
    def stream(self, request: Request) -> Iterator[Stream]:
        answer = self._ask(request)
        reply = answer.status, dict(answer.headers), answer.body
        yield SimStream(reply, PIECE, self.cut_at, lambda: None)

    def _ask(self, request: Request) -> Response:
        self.sent.append(request)
        parts = urlsplit(request.url)
        headers = {**request.headers, "Host": parts.netloc}
        content_type = headers.pop("Content-Type", "application/octet-stream")
        answer: Any = self._client.generic(
            request.method,
            parts.path + (f"?{parts.query}" if parts.query else ""),
            request.body or b"",
            content_type=content_type,
            headers=headers,
        )
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, found, body)
