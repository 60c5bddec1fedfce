"""A wire in memory: straight into the simulated service, with faults where a test wants them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from device_agent.errors import ServiceUnreachable
from device_agent.net.transport import Request, Response, Stream
from tests.device_agent.simulators.ranges import Reply
from tests.device_agent.simulators.service import SimService

Fault = Callable[[Request, Reply], Reply]


class SimStream:
    def __init__(
        self, reply: Reply, piece: int, cut_at: int | None, tick: Callable[[], None]
    ) -> None:
        self.status, self.headers, self._body = reply
        self._piece, self._cut_at, self._tick, self._at = piece, cut_at, tick, 0

    def read(self) -> bytes:
        self._tick()
        if self._cut_at is not None and self._at >= self._cut_at:
            raise ServiceUnreachable("The connection was cut.")
        end = min(self._at + self._piece, len(self._body))
        if self._cut_at is not None:
            end = min(end, self._cut_at)
        piece, self._at = self._body[self._at : end], end
        return piece


class SimWire:
    """Asks a ``SimService``; ``cut_at`` breaks every large body after so many bytes."""

    def __init__(self, service: SimService, *, piece: int = 512) -> None:
        self.service = service
        self.piece = piece
        self.cut_at: int | None = None
        self.down = False
        self.fault: Fault = lambda request, reply: reply
        self.tick: Callable[[], None] = lambda: None
        self.sent: list[Request] = []

    def fetch(self, request: Request, *, limit: int) -> Response:
        status, headers, body = self._ask(request)
        if len(body) > limit:
            raise ServiceUnreachable("Too large.")
        return Response(status, headers, body)

    @contextmanager
    def stream(self, request: Request) -> Iterator[Stream]:
        yield SimStream(self._ask(request), self.piece, self.cut_at, self.tick)

    def _ask(self, request: Request) -> Reply:
        self.sent.append(request)
        if self.down:
            raise ServiceUnreachable("The service is down.")
        headers: Mapping[str, str] = {k.lower(): v for k, v in request.headers.items()}
        parts = urlsplit(request.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        reply = self.service.handle(request.method, path, headers, request.body or b"")
        return self.fault(request, reply)
