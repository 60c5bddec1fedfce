"""`edgefleet token`: secrets for pipelines, with some of your rights, for some time."""

from typing import Final

import click

from fleet.cli.session import Session, verb

COLUMNS: Final = {
    "ID": "id",
    "NAME": "name",
    "OWNER": "owner",
    "BEGINS": "hint",
    "SCOPES": "scopes",
    "STATE": "state",
    "USED": "last_used_at",
    "EXPIRES": "expires_at",
}
FACTS: Final = ("id", "name", "scopes", "expires_at", "secret")


@click.group()
def token() -> None:
    """API tokens."""


@verb(token, "create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="Such as registry.write.")
@click.option("--days", type=int, default=90, help="How long the token is valid.")
def create(session: Session, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a token for yourself; its secret is shown once."""
    body = {"name": name, "scopes": list(scopes), "days": days}
    session.output.one(session.client.secret("tokens/", body, "secret"), FACTS)


@verb(token, "list")
def list_all(session: Session) -> None:
    """List your tokens, or everyone's if you may change access."""
    session.output.rows(session.client.pages("tokens/"), COLUMNS)


@verb(token, "revoke")
@click.argument("token_id")
def revoke(session: Session, token_id: str) -> None:
    """Revoke a token now."""
    session.client.delete(f"tokens/{token_id}/")
    session.output.one(session.client.get(f"tokens/{token_id}/"), tuple(COLUMNS.values()))
