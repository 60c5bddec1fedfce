"""A terminal: runs command lines, keeps what was printed, and can spoil the way there."""

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from django.core.handlers.wsgi import WSGIHandler
from rich.console import Console

from fleet.access.rules.roles import ROLES
from fleet.cli.__main__ import run
from fleet.cli.output import Output
from fleet.cli.session import Session
from tests import personas

URL = "http://127.0.0.1:8000"
Fault = Callable[[httpx.Request], httpx.Response | None]


class Way(httpx.BaseTransport):
    """The way to the service: counts requests, and lets faults happen before or after it."""

    def __init__(self) -> None:
        self.service = httpx.WSGITransport(app=WSGIHandler(), raise_app_exceptions=True)
        self.requests: list[httpx.Request] = []
        self.before: list[Fault] = []
        self.after: list[Fault] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask the service, unless a fault comes first; a fault afterwards loses its answer."""
        self.requests.append(request)
        if self.before and (answer := self.before.pop(0)(request)):
            return answer
        answer = self.service.handle_request(request)
        if self.after and (lost := self.after.pop(0)(request)):
            return lost
        return answer


def breaks(request: httpx.Request) -> httpx.Response:
    """A connection that breaks."""
    raise httpx.ReadError("connection reset by peer", request=request)


def says(status: int, **headers: str) -> Fault:
    """Something on the way that answers for the service."""
    return lambda request: httpx.Response(status, headers=headers, request=request)


@dataclass
class Terminal:
    """One person's terminal."""

    home: Path
    way: Way = field(default_factory=Way)
    environment: dict[str, str] = field(default_factory=dict)
    pauses: list[float] = field(default_factory=list)
    between: list[Callable[[], object]] = field(default_factory=list)
    out: str = ""
    err: str = ""

    def __post_init__(self) -> None:
        self.environment["EDGEFLEET_CONFIG"] = str(self.home / "config.json")

    def signed_in(self, persona: str, scopes: Iterable[str] | None = None) -> "Terminal":
        """Put a persona's token into the environment, with all of its rights unless told."""
        role = personas.ROLE_OF[persona]
        wanted = ROLES[role] if scopes is None and role else scopes or ()
        secret = personas.token(persona, scopes=wanted)[1]
        self.environment |= {"EDGEFLEET_URL": URL, "EDGEFLEET_TOKEN": secret}
        return self

    def run(self, *arguments: object) -> int:
        """Run one command line; returns its exit code."""
        out, err = io.StringIO(), io.StringIO()
        consoles = [Console(file=f, width=200, highlight=False, markup=False) for f in (out, err)]
        session = Session(
            environment=self.environment,
            output=Output(out=consoles[0], err=consoles[1]),
            transport=self.way,
            sleep=self._sleep,
        )
        code = run([str(argument) for argument in arguments], session)
        self.out, self.err = out.getvalue(), err.getvalue()
        return code

    def ok(self, *arguments: object) -> str:
        """Run a command line that has to succeed; returns what it printed."""
        code = self.run(*arguments)
        assert code == 0, self.err
        return self.out

    def json(self, *arguments: object) -> Any:
        """Run a command line with `--json`; returns the document, which is all that is printed."""
        return json.loads(self.ok(*arguments, "--json"))

    def _sleep(self, seconds: float) -> None:
        """No time passes; what shall happen meanwhile happens."""
        self.pauses.append(seconds)
        if self.between:
            self.between.pop(0)()
