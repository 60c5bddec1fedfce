"""`edgefleet check`, and what people decide about rollouts: approve, skip a wave, retry, back."""

from typing import Any, Final

import click

from fleet.cli import references
from fleet.cli.commands.releases.release import release
from fleet.cli.commands.releases.rollout import COLUMNS, FACTS, rollout
from fleet.cli.session import Session, verb

CHECK_COLUMNS: Final = {
    "ID": "id",
    "ROLLOUT": "rollout",
    "WAVE": "wave",
    "ASKED": "destination",
    "UNTIL": "due_at",
    "VERDICT": "verdict",
    "SAID": "sentence",
}
CHECK_FACTS: Final = (
    "id", "rollout", "wave", "destination", "asked_at", "due_at", "unsent", "open", "verdict",
    "sentence", "answered_at", "answered_by",
)  # fmt: skip
APPROVED_FACTS: Final = (*FACTS, "awaits.sentence")


@verb(rollout, "approve")
@click.argument("rollout_id")
@click.option("--wave", type=click.IntRange(1), help="Its number, from 1; the start without it.")
@click.option("--remark", default="", help="Kept with the approval.")
def approve(session: Session, rollout_id: str, wave: int | None, remark: str) -> None:
    """Approve the start of a draft, or the wave that comes next."""
    body: dict[str, Any] = {"remark": remark} | ({"wave": wave - 1} if wave else {})
    found = session.client.post(f"rollouts/{rollout_id}/approvals/", body)
    session.output.one(found, APPROVED_FACTS)


@verb(rollout, "skip-wave")
@click.argument("rollout_id")
@click.argument("wave", type=click.IntRange(1))
@click.option("--reason", required=True, help="Kept in the rollout's events.")
def skip_wave(session: Session, rollout_id: str, wave: int, reason: str) -> None:
    """Go on past the open WAVE (its number, from 1) before it was judged."""
    body = {"wave": wave - 1, "reason": reason}
    found = session.client.post(f"rollouts/{rollout_id}/skip-wave/", body)
    session.output.one(found, FACTS)


@verb(rollout, "retry-failed")
@click.argument("rollout_id")
@click.option("--reason", default="", help="Kept in the rollout's events.")
def retry_failed(session: Session, rollout_id: str, reason: str) -> None:
    """Try each device again on which the rollout failed, also after its end."""
    found = session.client.post(f"rollouts/{rollout_id}/retry-failed/", {"reason": reason})
    session.output.one(found, FACTS)


@verb(release, "roll-back")
@click.argument("release_id", metavar="RELEASE")
@click.option("--reason", default="", help="Kept in the rollouts' events.")
def roll_back(session: Session, release_id: str, reason: str) -> None:
    """Take RELEASE back everywhere: its devices get what they ran before."""
    found = references.release_id(session.client, release_id)
    rows = session.client.post(f"releases/{found}/roll-back/", {"reason": reason})
    session.output.rows(rows, COLUMNS)


@click.group()
def check() -> None:
    """Checks: what rollouts ask somebody outside about their waves."""


@verb(check, "list")
@click.option("--rollout", "rollout_id", help="Of this rollout alone.")
@click.option("--waiting", is_flag=True, help="Only those that wait for an answer.")
def list_all(session: Session, rollout_id: str | None, *, waiting: bool) -> None:
    """List checks, the newest first."""
    filters = {"rollout": rollout_id, "waiting": "true" if waiting else None}
    rows = session.client.pages("checks/", **filters)
    session.output.rows(({**row, "wave": row["wave"] + 1} for row in rows), CHECK_COLUMNS)


@verb(check, "answer")
@click.argument("check_id", metavar="CHECK")
@click.argument("verdict", type=click.Choice(["pass", "fail", "hold"]))
@click.option("--sentence", default="", help="Why, for people.")
def answer(session: Session, check_id: str, verdict: str, sentence: str) -> None:
    """Answer CHECK; a token of the scope ota.check is enough."""
    body = {"verdict": verdict, "sentence": sentence}
    session.output.one(session.client.post(f"checks/{check_id}/answer/", body), CHECK_FACTS)


@verb(check, "again")
@click.argument("check_id", metavar="CHECK")
def again(session: Session, check_id: str) -> None:
    """Ask CHECK's destination again."""
    session.output.one(session.client.post(f"checks/{check_id}/again/"), CHECK_FACTS)
