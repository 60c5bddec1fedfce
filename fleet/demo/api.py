"""A thin REST client for the demonstration: JSON in and out, and an error that shows the server's
own sentence.

Guarantees: a POST that is repeated, at once or by the next start of the demonstration, has one
effect; what a busy or restarting service does not answer is asked again for as long as it lives.
"""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console

from fleet.demo.waits import LOOK_SECONDS, STILL_SECONDS, Stopped, Waits
from fleet.lib.hashing import sha256_hex

TIMEOUT_SECONDS: Final = 120.0  # of one answer; it is asked again
BUSY: Final = frozenset({425, 429, 502, 503, 504})
IN_PROGRESS: Final = "in_progress"  # the code of a repeated POST whose first copy still runs


class CallRefused(Exception):
    """The service said no; the text is its problem detail."""


class Api:
    """One user of the REST API. `run` names what is to happen once, however often it is asked."""

    def __init__(
        self, url: str, token: str, *, waits: Waits | None = None, run: str | None = None
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        base = f"{url}/api/v1/"
        self.client = httpx.Client(base_url=base, headers=headers, timeout=TIMEOUT_SECONDS)
        self.waits = waits or Waits(Console(quiet=True))
        self.run = run or uuid.uuid4().hex

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Return the decoded answer. Raises Refusal for anything but success."""
        began = self.waits.clock()
        while (answer := self._asked(method, path, **options)) is None or _busy(answer):
            if ended := self.waits.alive():
                raise Stopped(f"{method} {path}: {ended}.")
            if self.waits.clock() - began > STILL_SECONDS:
                said = (
                    "no answer" if answer is None else f"{answer.status_code} {answer.text[:500]}"
                )
                raise Stopped(f"{method} {path}: {said}, for a quarter of an hour.")
            self.waits.sleep(LOOK_SECONDS)
        if not answer.is_success:
            raise CallRefused(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def get(self, path: str, **query: Any) -> Any:
        """Return what is at `path`."""
        return self.call("GET", path, params=query)

    def post(self, path: str, **body: Any) -> Any:
        """Send a JSON body, whose effect happens once in this run."""
        return self.call("POST", path, json=body, headers=self._once(path, body))

    def secret(self, path: str, **body: Any) -> Any:
        """Send a JSON body whose answer shows a secret once, so that each start asks anew."""
        key = {"Idempotency-Key": uuid.uuid4().hex}
        return self.call("POST", path, json=body, headers=key)

    def upload(self, path: str, file: Path, **fields: str) -> Any:
        """Send a file with form fields; happens once in this run."""
        data = file.read_bytes()
        headers = self._once(path, {"file": sha256_hex(data), **fields})
        return self.call(
            "POST", path, files={"file": (file.name, data)}, data=fields, headers=headers
        )

    def all(self, path: str, **query: Any) -> list[Any]:
        """Return the newest 200 rows of a list, newest first."""
        rows: list[Any] = self.get(path, page_size=200, **query)["results"]
        return rows

    def until(
        self,
        path: str,
        done: Callable[[Any], bool],
        *,
        what: str = "",
        tell: Callable[[Any], str] = lambda answer: str(answer.get("state", "")),
    ) -> Any:
        """Look at `path` until `done`. Raises Stopped when it will not come."""
        return self.waits.until(what or path, lambda: self.get(path), done, tell=tell)

    def _asked(self, method: str, path: str, **options: Any) -> httpx.Response | None:
        """Return the answer, or None when there was none."""
        try:
            return self.client.request(method, path, **options)
        except httpx.TransportError:
            return None

    def _once(self, path: str, said: dict[str, Any]) -> dict[str, str]:
        asked = json.dumps([self.run, path, said], sort_keys=True)
        return {"Idempotency-Key": sha256_hex(asked.encode())}


def _busy(answer: httpx.Response) -> bool:
    if answer.status_code in BUSY:
        return True
    return answer.status_code == httpx.codes.CONFLICT and IN_PROGRESS in answer.text
