"""`edgefleet rollout`: a release on its way to a group."""

import json
from pathlib import Path
from typing import Any, Final

import click

from fleet.cli import complete, references
from fleet.cli.errors import FailedOutcome, RequestRefused
from fleet.cli.session import Session, verb
from fleet.cli.watching import DAY_SECONDS, follow

COLUMNS: Final = {
    "ID": "id",
    "RELEASE": "release",
    "MODEL": "model",
    "VERSION": "label",
    "GROUP": "group",
    "STATE": "state",
    "REASON": "reason",
}
FACTS: Final = (
    "id", "release", "model", "label", "group", "state", "reason", "policy.name",
    "progress.devices", "progress.counts", "progress.back",
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
LOOK_COLUMNS: Final = {
    "AT": "at",
    "WAVE": "wave",
    "METRIC": "metric",
    "VERDICT": "verdict",
    "ESTIMATE": "estimate",
    "LOW": "low",
    "HIGH": "high",
    "MARGIN": "margin",
    "WHY": "sentence",
}
UNDER_WAY: Final = frozenset({"updating", "soaking", "failed"})
OVER: Final = frozenset({"done", "aborted", "rolled_back"})
POLICY_MAX_BYTES: Final = 64 * 1024


@click.group()
def rollout() -> None:
    """Rollouts: waves, gates, and the way back."""


@verb(rollout, "start")
@click.argument("release_id", metavar="RELEASE")
@click.argument("group", shell_complete=complete.groups)
@click.option("--policy", help="The name of a policy; default: canary.")
@click.option(
    "--policy-file",
    type=click.Path(path_type=Path),
    help="A JSON file with members that replace those of the policy.",
)
@click.option(
    "--joins",
    type=click.Choice(["no", "running", "standing"]),
    help="Devices that come later: none, while it runs, or always (at least this release).",
)
@click.option("--draft", is_flag=True, help="Create it and do not start it.")
@click.option("--wait", is_flag=True, help="Follow it until it has ended.")
def start(
    session: Session, release_id: str, group: str, policy: str | None, policy_file: Path | None,
    joins: str | None, *, draft: bool, wait: bool,
) -> None:  # fmt: skip
    """Roll RELEASE (rel_…, or a version such as digits:1.0) out to GROUP."""
    release_id = references.release_id(session.client, release_id)
    body = {"release": release_id, "group": group} | policy_of(policy, policy_file)
    if joins:
        body["policy"] = {**body.get("policy", {}), "joins": joins}
    made = session.client.post("rollouts/", body)
    if not draft:
        made = session.client.post(f"rollouts/{made['id']}/start/")
    if wait and not draft:
        made = watched(session, made["id"], DAY_SECONDS)
    session.output.one(made, FACTS)
    _require_success(made)


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


@verb(rollout, "looks")
@click.argument("rollout_id")
@click.option("--metric", help="Such as confidence; all of them when not given.")
def looks(session: Session, rollout_id: str, **filters: str | None) -> None:
    """List what each look of the gates found, metric by metric, in order of time."""
    rows = session.client.pages(f"rollouts/{rollout_id}/looks/", **filters)
    session.output.rows(rows, LOOK_COLUMNS)


@verb(rollout, "watch")
@click.argument("rollout_id")
@click.option("--timeout", type=float, default=DAY_SECONDS, help="Seconds to wait.")
def watch(session: Session, rollout_id: str, timeout: float) -> None:
    """Follow a rollout; exit 1 when it was aborted or rolled back."""
    done = watched(session, rollout_id, timeout)
    session.output.one(done, FACTS)
    _require_success(done)


def _act(name: str, sentence: str) -> None:
    """Register a command that posts to one step of a rollout."""

    def act(session: Session, rollout_id: str, reason: str) -> None:
        found = session.client.post(f"rollouts/{rollout_id}/{name}/", {"reason": reason})
        session.output.one(found, FACTS)

    act.__doc__ = sentence
    reason_option = click.option("--reason", default="", help="Kept in the rollout's events.")
    verb(rollout, name)(click.argument("rollout_id")(reason_option(act)))


_act("pause", "Assign no more devices until it is resumed; those under way finish.")
_act("resume", "Go on after a pause.")
_act("abort", "Stop permanently; devices keep what they have.")
_act("roll-back", "Stop, and bring every device back to what it ran before.")


def watched(session: Session, rollout_id: str, limit: float) -> Any:
    """Return the rollout once it has ended."""
    return follow(
        session,
        lambda: session.client.get(f"rollouts/{rollout_id}/"),
        line=line,
        is_over=lambda found: found["state"] in OVER,
        limit=limit,
    )


def line(found: Any) -> str:
    """Return the progress of a rollout in one line."""
    progress = found["progress"]
    reason = f": {found['reason']}" if found["reason"] else ""
    awaits = (found.get("awaits") or {}).get("sentence", "").rstrip(".")
    reason += f"; {awaits}" if awaits else ""
    return f"{found['state']}{reason}{_waves(progress)}{_counts(progress['counts'], 'devices')}" + (
        _counts(progress["back"], "on the way back")
    )


def _waves(progress: Any) -> str:
    """Name the wave that is under way."""
    waves = progress["waves"]
    now = next((w for w in waves if w["state"] in UNDER_WAY), None)
    if now is None:
        return ""
    place = [wave["index"] for wave in waves].index(now["index"]) + 1
    return f"; wave {place} of {len(waves)} {now['state']} ({reach(now)})"


def reach(wave: Any) -> str:
    """Return which devices a wave takes, in few words."""
    if wave.get("query"):
        return str(wave["query"])
    if wave.get("count") is not None:
        return f"{wave['count']} more"
    return f"{wave['share_percent']} %"


def _counts(counts: dict[str, int], what: str) -> str:
    states = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    return f"; {what}: {states}" if states else ""


def policy_of(name: str | None, file: Path | None) -> dict[str, Any]:
    """Return the members of a call that name a policy. Raises RequestRefused for a wrong file."""
    named = {"policy_name": name} if name else {}
    if file is None:
        return named
    return named | {"policy": json_file(file)}


def json_file(file: Path) -> Any:
    """Return what a policy's file holds. Raises RequestRefused where it is none."""
    if not file.is_file() or file.stat().st_size > POLICY_MAX_BYTES:
        raise RequestRefused(f"{file} is not a policy file of at most {POLICY_MAX_BYTES} bytes.")
    try:
        return json.loads(file.read_bytes())
    except ValueError as error:
        raise RequestRefused(f"{file} is not JSON: {error}.") from error


def _require_success(found: Any) -> None:
    if found["state"] in OVER - {"done"}:
        raise FailedOutcome(
            f"The rollout ended {found['state']}: {found.get('reason') or 'by hand'}"
        )
