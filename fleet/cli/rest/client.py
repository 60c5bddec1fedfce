"""The REST client: bearer token, retries, problem details, pages, streamed transfers.

Guarantees: every POST carries an `Idempotency-Key`, so that a repeated one has one effect. An
answer is read up to a limit. Errors are CliError with one sentence: RequestRefused for 4xx,
Unreachable when the service does not answer.
"""

import json
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from fleet.cli import __version__
from fleet.cli.config import LOOPBACK, SavedLogin
from fleet.cli.errors import (
    FailedOutcome,
    RequestRefused,
    Unreachable,
    problem_code,
    problem_sentence,
)
from fleet.cli.rest.retry import ATTEMPTS, IN_PROGRESS, PATIENCE, is_worth_repeating, wait_seconds

API: Final = "/api/v1/"
ANSWER_MAX_BYTES: Final = 32 * 1024 * 1024
TIMEOUT: Final = httpx.Timeout(60.0, connect=2.0)  # seconds; one that is dead is told in 3
# Attempts where nobody takes the connection.
CONNECTS: Final = {httpx.ConnectError: 2, httpx.ConnectTimeout: 1}
REPEATABLE: Final = frozenset({"GET", "POST", "PUT", "DELETE"})
Build = Callable[[], Mapping[str, Any]]


@dataclass
class Client:
    """One service. `transport` and `sleep` are for those who run it in the same process."""

    login: SavedLogin
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        local = urlsplit(self.login.url).hostname in LOOPBACK
        self.http = httpx.Client(
            base_url=self.login.url,
            headers={
                "Authorization": f"Bearer {self.login.token}",
                "Accept": "application/json",
                "User-Agent": f"edgefleet-cli/{__version__}",
            },
            timeout=TIMEOUT,
            transport=self.transport,
            trust_env=not local,  # a proxy cannot reach this machine's own service
        )

    def get(self, path: str, **query: Any) -> Any:
        """Read one document."""
        params = {name: value for name, value in query.items() if value not in (None, "")}
        return self._json("GET", path, lambda: {"params": params})

    def seen(self, path: str) -> tuple[Any, str]:
        """Read one document with its ETag, which a change of it can name as what was seen."""
        headers, body = self._answer("GET", path, dict)
        return body, headers.get("ETag", "")

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Create or act, once, however often it is sent."""
        return self._json("POST", path, lambda: {"json": dict(body or {})})

    def secret(self, path: str, body: Mapping[str, Any], field: str) -> Any:
        """Create something whose secret is in the first answer only. FailedOutcome if that was
        lost.
        """
        made = self.post(path, body)
        if not made[field]:
            raise FailedOutcome(
                f"{made['id']} was made, but its secret was lost: make another one."
            )
        return made

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """Replace."""
        return self._json("PUT", path, lambda: {"json": dict(body)})

    def patch(self, path: str, body: Mapping[str, Any], tag: str = "") -> Any:
        """Change a part, if it is as the tag says; never sent twice."""
        return self._json("PATCH", path, lambda: {"json": dict(body)}, _if_match(tag))

    def delete(self, path: str, tag: str = "", **query: Any) -> Any:
        """Remove, if it is as the tag says."""
        return self._json("DELETE", path, lambda: {"params": query}, _if_match(tag))

    def upload(self, path: str, build: Build) -> Any:
        """POST what `build` makes for each attempt: an open file can be sent only once."""
        return self._json("POST", path, build)

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        """Yield every row of a list, page after page."""
        page = self.get(path, **query)
        while True:
            if isinstance(page, list):  # a short list that the service does not cut into pages
                yield from page
                return
            yield from page["results"]
            if not page.get("next"):
                return
            page = self._json("GET", self._relative(page["next"]), dict)

    def stream(self, path: str) -> "FileDownload":
        """Open a download, to be used in a `with` block."""
        return FileDownload(self.http, self._url(path))

    def _json(
        self, method: str, path: str, build: Build, more: Mapping[str, str] | None = None
    ) -> Any:
        return self._answer(method, path, build, more)[1]

    def _answer(
        self, method: str, path: str, build: Build, more: Mapping[str, str] | None = None
    ) -> tuple[httpx.Headers, Any]:
        key = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else dict(more or {})
        attempts = ATTEMPTS if method in REPEATABLE else 1
        for attempt in range(1, PATIENCE + 1):
            try:
                status, headers, body = self._once(method, path, key, build())
            except httpx.TransportError as error:
                if attempt >= min(attempts, CONNECTS.get(type(error), attempts)):
                    raise Unreachable(
                        f"{self.login.url} does not answer: {_cause(error)}."
                    ) from error
                self._pause(attempt, None)
                continue
            _refuse_redirect(status, headers)
            if status < 400:
                return headers, body
            if _may_repeat(attempt, attempts, status, problem_code(body)):
                self._pause(attempt, headers.get("Retry-After"))
                continue
            raise _error(status, body)
        raise AssertionError(path)

    def _once(
        self, method: str, path: str, headers: Mapping[str, str], content: Mapping[str, Any]
    ) -> tuple[int, httpx.Headers, Any]:
        with self.http.stream(method, self._url(path), headers=headers, **content) as response:
            data = _bounded(response)
        return response.status_code, response.headers, _parsed(response, data)

    def _pause(self, attempt: int, told: str | None) -> None:
        self.sleep(wait_seconds(attempt, chance=random.random(), told=told))  # noqa: S311 - jitter

    def _url(self, path: str) -> str:
        return path if path.startswith("/") else API + path

    def _relative(self, url: str) -> str:
        """Keep only path and query: a page on another host must not get our token."""
        parts, own = urlsplit(url), urlsplit(self.login.url)
        return f"{parts.path.removeprefix(own.path)}?{parts.query}"


class FileDownload:
    """The body of an answer as pieces, with its length where the service tells it."""

    def __init__(self, http: httpx.Client, url: str) -> None:
        self._context = http.stream("GET", url, headers={"Accept": "*/*"}, follow_redirects=False)
        self._url = url

    def __enter__(self) -> "FileDownload":
        try:
            self._response = self._context.__enter__()
        except httpx.TransportError as error:
            raise Unreachable(f"The service does not answer: {_cause(error)}.") from error
        _refuse_redirect(self._response.status_code, self._response.headers)
        if self._response.status_code >= 400:
            body = _parsed(self._response, _bounded(self._response))
            raise _error(self._response.status_code, body)
        return self

    def __exit__(self, *details: Any) -> None:
        self._context.__exit__(*details)

    @property
    def length(self) -> int | None:
        """The number of bytes to come, if it is known."""
        told = self._response.headers.get("Content-Length", "")
        return int(told) if told.isascii() and told.isdigit() else None

    @property
    def sha256(self) -> str:
        """The digest that the service promises in the answer's ETag; empty without one."""
        return str(self._response.headers.get("ETag", "")).strip('"')

    def pieces(self) -> Iterator[bytes]:
        """Yield the body. Raises Unreachable when the connection breaks."""
        try:
            yield from self._response.iter_bytes()
        except httpx.TransportError as error:
            raise Unreachable(f"The download broke off: {_cause(error)}.") from error


def _if_match(tag: str) -> dict[str, str]:
    return {"If-Match": tag} if tag else {}


def _bounded(response: httpx.Response) -> bytes:
    data = bytearray()
    for piece in response.iter_bytes():
        data += piece
        if len(data) > ANSWER_MAX_BYTES:
            raise Unreachable(f"The answer has more than {ANSWER_MAX_BYTES} bytes.")
    return bytes(data)


def _parsed(response: httpx.Response, data: bytes) -> Any:
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError as error:
        if response.status_code >= 400:
            return None
        raise Unreachable("The answer is not JSON: is this the address of the service?") from error


def _may_repeat(attempt: int, attempts: int, status: int, code: str) -> bool:
    most = PATIENCE if code == IN_PROGRESS and attempts > 1 else attempts
    return attempt < most and is_worth_repeating(status, code)


def _refuse_redirect(status: int, headers: httpx.Headers) -> None:
    """Never follow: the token would be sent to whoever the answer names."""
    if 300 <= status < 400:
        place = headers.get("Location", "another place")
        raise RequestRefused(f"The service redirects to {place}: use its real address.")


def _error(status: int, body: Any) -> Exception:
    if status >= 500:
        return Unreachable(problem_sentence(status, body))
    known = body if isinstance(body, dict) else {}
    return RequestRefused(problem_sentence(status, body), code=problem_code(body), problem=known)


def _cause(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__
