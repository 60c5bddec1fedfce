"""What every command shares: environment, output, the client once it is needed, and the option
`--json`.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import click
import httpx

from fleet.cli import config
from fleet.cli.client import Client
from fleet.cli.output import Output

WATCH_EVERY: Final = 2.0  # seconds between two looks at what runs


@dataclass
class Session:
    """One run of the program. The defaults are the real world; tests bring their own."""

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    output: Output = field(default_factory=Output)
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    opened: list[Client] = field(default_factory=list)

    @cached_property
    def client(self) -> Client:
        """The client of the login in force. Raises Refused when nobody is signed in."""
        return self.client_of(config.load(self.environment))

    def client_of(self, login: config.SavedLogin) -> Client:
        """Return a client, and warn when its token can be read on the way."""
        if login.sends_token_in_the_clear():
            self.output.note(f"warning: {login.url} is not https, so anybody can read the token.")
        self.opened.append(Client(login, transport=self.transport, sleep=self.sleep))
        return self.opened[-1]

    def close(self) -> None:
        """End every connection."""
        for client in self.opened:
            client.http.close()


def _want_json(context: click.Context, parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    del parameter
    if value:
        context.ensure_object(Session).output.as_json = True


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--json`."""
    return click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=_want_json,
        help="Print one JSON document instead of a table.",
    )(command)


def verb(group: click.Group, name: str) -> Callable[[Callable[..., None]], click.Command]:
    """Register a command of `group`: it gets the session first, and `--json`."""

    def register(function: Callable[..., None]) -> click.Command:
        return group.command(name)(json_option(click.pass_obj(function)))

    return register
