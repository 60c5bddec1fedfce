"""The calls a device makes, each one question and one checked answer.

* Credentials go to the service's own origin and nowhere else, whatever a link says.
* A refused token is renewed once; a second refusal is the answer.
* 408, 429, 5xx, redirects and anything that is not what was asked for are ``ServiceUnreachable``.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from device_agent.clock import Clock
from device_agent.errors import ServiceUnreachable
from device_agent.net.http_errors import parsed, refuse
from device_agent.net.session import DeviceSession
from device_agent.net.transport import Request, Response, Stream, Wire, joined, origin
from device_agent.protocol import ddi, frame, instruction
from device_agent.protocol.field import capture
from device_agent.protocol.field.capture import CaptureOrder
from device_agent.protocol.field.shadow import (
    ShadowOrder,
    ShadowReport,
    dump_report,
    parse_order,
)
from device_agent.protocol.http import BOOT_HEADER
from device_agent.protocol.telemetry import Ack, parse_ack

REDIRECTS_LIMIT = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})

T = TypeVar("T")


class DeviceClient:
    """The service, as an enrolled device sees it."""

    def __init__(self, wire: Wire, session: DeviceSession, clock: Clock, *, poll_url: str) -> None:
        self._wire, self._session, self._clock = wire, session, clock
        self.poll_url = poll_url

    def booted(self, boot_id: int) -> None:
        """Sessions tell how often this device has started."""
        self._session.boot_id = boot_id

    def poll(self) -> ddi.Poll:
        """Return when to come back, and what there is to do."""
        return self._ask(self.poll_url, ddi.parse_poll)

    def deployment(self, url: str) -> ddi.Deployment:
        """Return what to install."""
        return self._ask(url, ddi.parse_deployment)

    def cancellation(self, url: str) -> ddi.Cancellation:
        """Return what to stop."""
        return self._ask(url, ddi.parse_cancel)

    def documents(self, url: str) -> bytes:
        """Return the signed documents, as they came; whether they hold is for ``trust`` to say."""
        request = Request("GET", url)
        body = self._call(request, limit=instruction.DOCUMENT_LIMIT).body
        # HTML of a captive portal is not a refused signature: it is not an answer at all.
        parsed(body, lambda value: value, url)
        return body

    def feedback(self, url: str, feedback: ddi.Feedback) -> None:
        """Tell what became of an action."""
        self._send("POST", f"{_bare(url)}/feedback", ddi.dump_feedback(feedback))

    def action_feedback(self, action: str, feedback: ddi.Feedback) -> None:
        """Tell what became of an action whose link is no longer known."""
        self.feedback(f"{self.poll_url}/deploymentBase/{action}", feedback)

    def config_data(self, url: str | None, config: ddi.ConfigData) -> None:
        """Tell what this device is and runs."""
        self._send("PUT", url or f"{self.poll_url}/configData", ddi.dump_config_data(config))

    def telemetry(
        self, url: str, sealed: bytes, *, boot_id: int, uptime_s: int | None = None
    ) -> Ack:
        """Hand in one sealed window. ``uptime_s``: of the device whose boot it is, where that is
        not this one.
        """
        headers = {
            "Content-Type": frame.CONTENT_TYPE,
            frame.UPTIME_HEADER: str(int(self._clock.uptime()) if uptime_s is None else uptime_s),
            BOOT_HEADER: str(boot_id),
        }
        answer = self._call(Request("POST", url, headers, sealed), limit=ddi.BODY_LIMIT)
        return parsed(answer.body, parse_ack, url)

    def shadow_order(self, url: str) -> ShadowOrder:
        """Which challenger to run beside the model."""
        request = Request("GET", url, {"Accept": "application/json"})
        answer = self._call(request, limit=instruction.DOCUMENT_LIMIT)
        return parsed(answer.body, parse_order, url)

    def shadow_report(self, url: str, report: ShadowReport) -> None:
        """Tell how champion and challenger agree."""
        self._send("POST", _bare(url), dump_report(report))

    def capture_order(self, url: str) -> CaptureOrder:
        """Which inputs to keep."""
        return self._ask(url, capture.parse_order)

    def capture_batch(self, url: str, body: bytes) -> None:
        """Hand in some of them, sealed."""
        headers = {"Content-Type": capture.CONTENT_TYPE}
        self._call(Request("POST", _bare(url), headers, body), limit=ddi.BODY_LIMIT)

    @contextmanager
    def download(self, url: str, headers: Mapping[str, str]) -> Iterator[Stream]:
        """The artifact's bytes; redirects are followed, credentials stay at home."""
        for _ in range(REDIRECTS_LIMIT + 1):
            with self._stream(Request("GET", url, dict(headers))) as stream:
                if stream.status not in REDIRECTS:
                    if stream.status not in {200, 206, 416}:
                        self._refuse(stream.status, stream.headers, url)
                    yield stream
                    return
                target = joined(url, stream.headers.get("location", ""))
            if origin(url)[0] == "https" and origin(target)[0] != "https":
                raise ServiceUnreachable(f"{url} redirects to an unprotected address.")
            url = target
        raise ServiceUnreachable(f"{url} redirects more than {REDIRECTS_LIMIT} times.")

    @contextmanager
    def _stream(self, request: Request) -> Iterator[Stream]:
        with self._wire.stream(self._authorised(request)) as stream:
            if stream.status != 401 or not self._ours(request.url):
                yield stream
                return
        self._session.renew()
        with self._wire.stream(self._authorised(request)) as stream:
            yield stream

    def _ask(self, url: str, parse: Callable[[object], T]) -> T:
        request = Request("GET", url, {"Accept": "application/json"})
        return parsed(self._call(request, limit=ddi.BODY_LIMIT).body, parse, url)

    def _send(self, method: str, url: str, value: object) -> None:
        headers = {"Content-Type": "application/json"}
        body = json.dumps(value, separators=(",", ":")).encode()
        self._call(Request(method, url, headers, body), limit=ddi.BODY_LIMIT)

    def _call(self, request: Request, *, limit: int) -> Response:
        answer = self._wire.fetch(self._authorised(request), limit=limit)
        if answer.status == 401 and self._ours(request.url):
            self._session.renew()
            answer = self._wire.fetch(self._authorised(request), limit=limit)
        if not 200 <= answer.status < 300:
            self._refuse(answer.status, answer.headers, request.url, answer.body)
        return answer

    def _authorised(self, request: Request) -> Request:
        if not self._ours(request.url):
            return request
        headers = {**request.headers, "Authorization": f"DeviceToken {self._session.token()}"}
        return Request(request.method, request.url, headers, request.body)

    def _ours(self, url: str) -> bool:
        return origin(url) == origin(self.poll_url)

    def _refuse(self, status: int, headers: Mapping[str, str], url: str, body: bytes = b"") -> None:
        refuse(status, headers, url, body, wall=self._clock.wall())


def _bare(url: str) -> str:
    return url.partition("?")[0]
