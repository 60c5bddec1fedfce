"""`edgefleet publisher`: jobs of CI that get a short token for showing who they are."""

from typing import Final

import click

from fleet.cli.session import Session, verb

GITHUB: Final = "https://token.actions.githubusercontent.com"
VERBS: Final = ("publish", "promote")
COLUMNS: Final = {
    "ID": "id",
    "REPOSITORY": "repository",
    "WORKFLOW": "workflow",
    "REFS": "refs",
    "ENVIRONMENT": "environment",
    "MODEL": "model",
    "VERB": "verb",
    "OWNER": "owner",
}
FACTS: Final = (
    "id", "issuer", "repository", "account_id", "workflow", "environment", "refs", "model", "verb",
    "owner", "created_at",
)  # fmt: skip


@click.group()
def publisher() -> None:
    """Trusted publishing: CI jobs that need no secret."""


@verb(publisher, "list")
def list_all(session: Session) -> None:
    """List the jobs that are trusted."""
    session.output.rows(session.client.pages("publishers/"), COLUMNS)


@verb(publisher, "show")
@click.argument("publisher_id")
def show(session: Session, publisher_id: str) -> None:
    """Show one trusted job."""
    session.output.one(session.client.get(f"publishers/{publisher_id}/"), FACTS)


@verb(publisher, "trust")
@click.argument("repository")
@click.option("--model", required=True, help="The one model that its tokens are for.")
@click.option("--verb", "act", type=click.Choice(VERBS), required=True, help="What they may do.")
@click.option("--account-id", required=True, help="The number of the repository's owner.")
@click.option("--workflow", required=True, help="The file that the job is written in: release.yml.")
@click.option(
    "--issuer", default=GITHUB, show_default=True, help="The service that signs its identity."
)
@click.option("--environment", default="", help="The deployment environment that it must run in.")
@click.option("--refs", default="refs/tags/*", show_default=True, help="Where it must run.")
def trust(session: Session, repository: str, model: str, act: str, **terms: str) -> None:
    """Trust a job of REPOSITORY (owner/name); its tokens act for you, for one model and verb."""
    body = {"repository": repository, "model": model, "verb": act, **terms}
    session.output.one(session.client.post("publishers/", body), FACTS)


@verb(publisher, "forget")
@click.argument("publisher_id")
def forget(session: Session, publisher_id: str) -> None:
    """Trust a job no longer; tokens that it has end within fifteen minutes."""
    found = session.client.get(f"publishers/{publisher_id}/")
    session.client.delete(f"publishers/{publisher_id}/")
    session.output.one(found, FACTS)
