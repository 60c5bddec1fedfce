"""`edgefleet rollout`: a release on its way to a group."""

import json
from pathlib import Path
from typing import Any, Final

import click

from fleet.cli.errors import FailedOutcome, Refused
from fleet.cli.session import Session, verb
from fleet.cli.watching import DAY_SECONDS, follow

COLUMNS: Final = {
    "ID": "id",
    "RELEASE": "release",
    "MODEL": "model",
    "VERSION": "version_label",
    "GROUP": "group",
    "STATE": "state",
    "DEVICES": "counts",
    "REASON": "reason",
}
FACTS: Final = (
    "id", "release", "model", "version_label", "group", "state", "reason", "counts", "waves",
    "created_by", "created_at", "started_at", "finished_at",
)  # fmt: skip
ASSIGNMENT_COLUMNS: Final = {
    "ID": "id",
    "DEVICE": "device",
    "WAVE": "wave",
    "KIND": "kind",
    "STATE": "state",
    "CAUSE": "cause",
    "TEXT": "text",
}
OVER: Final = frozenset({"done", "aborted", "rolled_back"})
POLICY_MAX_BYTES: Final = 64 * 1024


@click.group()
def rollout() -> None:
    """Rollouts: waves, gates, and the way back."""


@verb(rollout, "start")
@click.argument("release_id")
@click.argument("group")
@click.option("--policy", help="The name of a policy, such as canary.")
@click.option("--policy-file", type=click.Path(path_type=Path), help="A policy as JSON.")
@click.option("--draft", is_flag=True, help="Create it and do not start it.")
@click.option("--wait", is_flag=True, help="Follow it until it is over.")
def start(
    session: Session, release_id: str, group: str, policy: str | None, policy_file: Path | None,
    *, draft: bool, wait: bool,
) -> None:  # fmt: skip
    """Roll RELEASE_ID out to GROUP."""
    body = {"release": release_id, "group": group} | _policy(policy, policy_file)
    made = session.client.post("rollouts/", body)
    if not draft:
        made = session.client.post(f"rollouts/{made['id']}/start/")
    if wait and not draft:
        made = watched(session, made["id"], DAY_SECONDS)
    session.output.one(made, FACTS)
    _check(made)


@verb(rollout, "list")
def list_all(session: Session) -> None:
    """List rollouts, the newest first."""
    session.output.rows(session.client.pages("rollouts/"), COLUMNS)


@verb(rollout, "show")
@click.argument("rollout_id")
def show(session: Session, rollout_id: str) -> None:
    """Show one rollout."""
    session.output.one(session.client.get(f"rollouts/{rollout_id}/"), FACTS)


@verb(rollout, "devices")
@click.argument("rollout_id")
def devices(session: Session, rollout_id: str) -> None:
    """List every device's part in a rollout."""
    rows = session.client.pages(f"rollouts/{rollout_id}/assignments/")
    session.output.rows(rows, ASSIGNMENT_COLUMNS)


@verb(rollout, "watch")
@click.argument("rollout_id")
@click.option("--timeout", type=float, default=DAY_SECONDS, help="Seconds to wait.")
def watch(session: Session, rollout_id: str, timeout: float) -> None:
    """Follow a rollout; exit 1 when it was aborted or rolled back."""
    done = watched(session, rollout_id, timeout)
    session.output.one(done, FACTS)
    _check(done)


def _act(name: str, sentence: str) -> None:
    """Register a command that posts to one step of a rollout."""

    def act(session: Session, rollout_id: str) -> None:
        session.output.one(session.client.post(f"rollouts/{rollout_id}/{name}/"), FACTS)

    act.__doc__ = sentence
    verb(rollout, name)(click.argument("rollout_id")(act))


_act("pause", "Offer nothing new until it is resumed; what runs on devices ends.")
_act("resume", "Go on after a pause.")
_act("abort", "Stop for good; devices keep what they have.")
_act("roll-back", "Stop, and bring every device back to what it ran before.")


def watched(session: Session, rollout_id: str, limit: float) -> Any:
    """Return the rollout once it is over."""
    return follow(
        session,
        lambda: session.client.get(f"rollouts/{rollout_id}/"),
        line=line,
        is_over=lambda found: found["state"] in OVER,
        limit=limit,
    )


def line(found: Any) -> str:
    """Return where a rollout stands, in one line."""
    counts = found.get("counts") or {}
    states = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    reason = f": {found['reason']}" if found.get("reason") else ""
    return f"{found['id']} {found['state']}{reason}" + (f" ({states})" if states else "")


def _policy(name: str | None, file: Path | None) -> dict[str, Any]:
    if (name is None) == (file is None):
        raise Refused("Give either --policy or --policy-file.")
    if file is None:
        return {"policy_name": name}
    if not file.is_file() or file.stat().st_size > POLICY_MAX_BYTES:
        raise Refused(f"{file} is no policy file of at most {POLICY_MAX_BYTES} bytes.")
    return {"policy": _json(file)}


def _json(file: Path) -> Any:

    try:
        return json.loads(file.read_bytes())
    except ValueError as error:
        raise Refused(f"{file} is no JSON: {error}.") from error


def _check(found: Any) -> None:
    if found["state"] in OVER - {"done"}:
        raise FailedOutcome(
            f"The rollout ended {found['state']}: {found.get('reason') or 'by hand'}"
        )
