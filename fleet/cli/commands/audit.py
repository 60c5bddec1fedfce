"""`edgefleet audit`: the log of who changed what, and whether it is whole."""

from itertools import islice
from typing import Final

import click

from fleet.cli.errors import FailedOutcome
from fleet.cli.session import Session, verb

COLUMNS: Final = {
    "#": "sequence",
    "AT": "at",
    "WHO": "actor_label",
    "ACTION": "action",
    "SUBJECT": "subject",
    "DETAIL": "detail",
}
SAID: Final = ("whole", "walked_from", "entries", "head", "broken_at", "reason")


@click.group()
def audit() -> None:
    """The audit log."""


@verb(audit, "list")
@click.option("--action", help="An action or its beginning, such as ota.")
@click.option("--subject", help="A public id.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50)
def list_all(session: Session, limit: int, **filters: str | None) -> None:
    """List entries, the newest first."""
    session.output.rows(islice(session.client.pages("audit/", **filters), limit), COLUMNS)


@verb(audit, "verify")
def verify(session: Session) -> None:
    """Check the hash chain since its newest signed head; exit 1 when it is broken."""
    found = session.client.get("audit/verify/")
    session.output.one(found, SAID)
    if not found["whole"]:
        raise FailedOutcome(f"The chain breaks at entry {found['broken_at']}: {found['reason']}.")
