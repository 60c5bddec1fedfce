"""A thin REST client for the demonstration: JSON in and out, and an error that shows the server's
own sentence.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx

WAIT_SECONDS: Final = 0.25  # between two looks at something that changes


class Refusal(Exception):
    """The service said no; the text is its problem detail."""


class Api:
    """One user of the REST API."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self.client = httpx.Client(base_url=f"{url}/api/v1/", headers=headers, timeout=60)

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Return the decoded answer. Raises Refusal for anything but success."""
        answer = self.client.request(method, path, **options)
        if not answer.is_success:
            raise Refusal(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def get(self, path: str, **query: Any) -> Any:
        """Return what is at `path`."""
        return self.call("GET", path, params=query)

    def post(self, path: str, **body: Any) -> Any:
        """Send a JSON body."""
        return self.call("POST", path, json=body)

    def upload(self, path: str, file: Path, **fields: str) -> Any:
        """Send a file with form fields."""
        with file.open("rb") as stream:
            return self.call("POST", path, files={"file": (file.name, stream)}, data=fields)

    def all(self, path: str, **query: Any) -> list[Any]:
        """Return the newest 200 rows of a list, newest first."""
        rows: list[Any] = self.get(path, page_size=200, **query)["results"]
        return rows

    def until(
        self, path: str, done: Callable[[Any], bool], *, seconds: float, look: Callable[[Any], None]
    ) -> Any:
        """Look at `path` until `done`; `look` sees every answer. Raises Refusal when time is up."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = self.get(path)
            look(answer)
            if done(answer):
                return answer
            time.sleep(WAIT_SECONDS)
        raise Refusal(f"{path} is not done after {seconds:.0f} s: {str(answer)[:300]}")
