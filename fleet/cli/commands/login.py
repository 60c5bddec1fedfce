"""`edgefleet login`, `logout`, `whoami`."""

import sys

import click

from fleet.cli import config
from fleet.cli.errors import RequestRefused
from fleet.cli.session import Session, output_options

SHOWN = ("user", "roles", "scopes", "token.name", "token.expires_at")


@click.command("login")
@click.argument("url")
@click.option("--token-stdin", is_flag=True, help="Read the token from standard input.")
@output_options
@click.pass_obj
def login(session: Session, url: str, *, token_stdin: bool) -> None:
    """Sign in to the service at URL and remember it.

    The token is asked for, or read from standard input: a token on the command line would stay in
    the shell's history and in the list of processes.
    """
    address = config.checked_url(url)
    secret = (
        sys.stdin.readline() if token_stdin else click.prompt("Token", hide_input=True, err=True)
    )
    if not secret.strip():
        raise RequestRefused("No token was given.")
    wanted = config.SavedLogin(address, secret.strip())
    found = session.client_of(wanted).get("whoami/")
    path = config.save(wanted, session.environment)
    session.output.one(found, SHOWN)
    session.output.note(f"The login is kept in {path}.")


@click.command("logout")
@click.pass_obj
def logout(session: Session) -> None:
    """Forget the login; the token itself lives until it is revoked."""
    known = config.forget(session.environment)
    session.output.note("The login is forgotten." if known else "There was no login.")


@click.command("whoami")
@output_options
@click.pass_obj
def whoami(session: Session) -> None:
    """Show your user name and what you may do."""
    session.output.one(session.client.get("whoami/"), SHOWN)
