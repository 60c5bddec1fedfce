"""What every command shares: environment, output, the client once it is needed, and the options
that choose what is printed.
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
from fleet.cli.output import Output
from fleet.cli.rest.client import Client

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
        """The client of the login in force. Raises RequestRefused when nobody is signed in."""
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


def _want_names(context: click.Context, parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    del parameter
    if value:
        context.ensure_object(Session).output.quiet = True


def _want_part(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    del parameter
    if value:
        output = context.ensure_object(Session).output
        output.as_json, output.query = True, value


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--json`, `--quiet` and `--json-query`, which is also called `--query` where
    the command has no such option of its own.
    """
    own = {flag for option in getattr(command, "__click_params__", ()) for flag in option.opts}
    names = ("--json-query",) if "--query" in own else ("--json-query", "--query")
    for option in (
        click.option(
            *names,
            "part",
            metavar="PATH",
            expose_value=False,
            callback=_want_part,
            help="Print this part of the JSON document (JMESPath), such as '[].id'.",
        ),
        click.option(
            "--quiet",
            "-q",
            is_flag=True,
            expose_value=False,
            callback=_want_names,
            help="Print ids alone, and no progress.",
        ),
        click.option(
            "--json",
            is_flag=True,
            expose_value=False,
            callback=_want_json,
            help="Print one JSON document instead of a table.",
        ),
    ):
        command = option(command)
    return command


def verb(group: click.Group, name: str) -> Callable[[Callable[..., None]], click.Command]:
    """Register a command of `group`: it gets the session first, and the options for its output."""

    def register(function: Callable[..., None]) -> click.Command:
        return group.command(name)(output_options(click.pass_obj(function)))

    return register
