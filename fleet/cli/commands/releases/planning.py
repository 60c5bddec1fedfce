"""`edgefleet policy`, and the plan and the report of rollouts."""

from pathlib import Path
from typing import Any, Final

import click

from fleet.cli import complete, references
from fleet.cli.commands.releases.rollout import json_file, policy_of, reach, rollout
from fleet.cli.session import Session, verb

PLAN_FACTS: Final = (
    "summary", "devices", "taking_part", "left_out_count", "size_bytes", "fetched_bytes",
    "begins_at", "ends_at", "reckoned",
)  # fmt: skip
WAVE_COLUMNS: Final = {
    "WAVE": "wave",
    "DEVICES": "devices",
    "BYTES": "size_bytes",
    "BY DELTAS": "fetched_bytes",
    "BEGINS": "begins_at",
    "ENDS": "ends_at",
    "FIRST": "first",
}
REPORT_FACTS: Final = (
    "sentence", "rollout.id", "rollout.release", "rollout.group", "rollout.started_at",
    "rollout.finished_at", "seconds", "counts", "causes", "back", "saving",
)  # fmt: skip
WENT_COLUMNS: Final = {
    "WAVE": "wave",
    "STATE": "state",
    "DEVICES": "devices",
    "OPENED": "opened_at",
    "ENDED": "ended_at",
    "COUNTS": "counts",
    "WHY": "reason",
}
GATE_COLUMNS: Final = {
    "AT": "at",
    "WAVE": "wave",
    "GATE": "gate",
    "VERDICT": "verdict",
    "WHY": "sentence",
}
DECISION_COLUMNS: Final = {"AT": "at", "WHO": "actor", "DID": "step", "WHY": "text"}
OUTCOME_COLUMNS: Final = {
    "DEVICE": "controller_id",
    "WAVE": "wave",
    "STATE": "state",
    "CAUSE": "cause",
    "SAYS": "text",
    "ATTEMPTS": "attempts",
    "BACK": "back",
}
POLICY_COLUMNS: Final = {
    "NAME": "name",
    "WAVES": "waves",
    "ON FAILURE": "on_failure",
    "IN SHORT": "description",
}
POLICY_FACTS: Final = ("name", "description", "shipped", "changed_by", "changed_at", "policy")
FIRST: Final = 5  # devices of a wave that a table names
FILE: Final = click.Path(path_type=Path)


@verb(rollout, "plan")
@click.argument("release_id", metavar="RELEASE|ROLLOUT")
@click.argument("group", required=False, shell_complete=complete.groups)
@click.option("--policy", help="The name of a policy; default: canary.")
@click.option("--policy-file", type=FILE, help="A JSON file with members that replace those of it.")
def plan(
    session: Session,
    release_id: str,
    group: str | None,
    policy: str | None,
    policy_file: Path | None,
) -> None:
    """Say what rolling RELEASE out to GROUP would do, or what the start of a draft (rol_…) will."""
    if group is None:
        found = session.client.get(f"rollouts/{release_id}/plan/")
    else:
        release = references.release_id(session.client, release_id)
        body = {"release": release, "group": group} | policy_of(policy, policy_file)
        found = session.client.post("rollout-plan/", body)
    session.output.one(found, PLAN_FACTS)
    if session.output.as_json or session.output.quiet:
        return
    session.output.rows(map(_planned, found["waves"]), WAVE_COLUMNS)
    for reason, count in found["reasons"].items():
        session.output.note(f"left out, {count}: {reason}")
    for sentence in (*found["notes"], *found["power"]):
        session.output.note(sentence)


@verb(rollout, "report")
@click.argument("rollout_id")
def report(session: Session, rollout_id: str) -> None:
    """Say what a rollout came to: outcomes, waves, gates, and who decided what."""
    found = session.client.get(f"rollouts/{rollout_id}/report/")
    session.output.one(found, REPORT_FACTS)
    if session.output.as_json or session.output.quiet:
        return
    for name, columns in (
        ("waves", WENT_COLUMNS),
        ("gates", GATE_COLUMNS),
        ("decisions", DECISION_COLUMNS),
        ("devices", OUTCOME_COLUMNS),
    ):
        if found[name]:
            session.output.line("")
            session.output.rows(map(_numbered, found[name]), columns)
    if found["devices_left_out"]:
        session.output.note(f"{found['devices_left_out']} more devices: edgefleet rollout devices.")


@click.group()
def policy() -> None:
    """Policies: how rollouts go."""


@verb(policy, "list")
def list_all(session: Session) -> None:
    """List policies, those that come with the service among them."""
    found = session.client.get("policies/")
    rows = [{**document, "waves": _shares(document)} for document in found.values()]
    session.output.rows(rows, POLICY_COLUMNS)


@verb(policy, "show")
@click.argument("name")
def show(session: Session, name: str) -> None:
    """Show a policy in full."""
    session.output.one(session.client.get(f"policies/{name}/"), POLICY_FACTS)


@verb(policy, "create")
@click.argument("name")
@click.option("--from", "based_on", help="The policy that it begins as; default: canary.")
@click.option("--file", type=FILE, help="A JSON file with members that replace those of it.")
def create(session: Session, name: str, based_on: str | None, file: Path | None) -> None:
    """Make a policy NAME."""
    body: dict[str, Any] = {"name": name, "policy": json_file(file) if file else {}}
    body |= {"based_on": based_on} if based_on else {}
    session.output.one(session.client.post("policies/", body), POLICY_FACTS)


@verb(policy, "edit")
@click.argument("name")
@click.argument("file", type=FILE)
def edit(session: Session, name: str, file: Path) -> None:
    """Change the members of a policy that the JSON FILE names; null takes the default."""
    body = {"policy": json_file(file)}
    session.output.one(session.client.patch(f"policies/{name}/", body), POLICY_FACTS)


@verb(policy, "delete")
@click.argument("name")
def delete(session: Session, name: str) -> None:
    """Delete a policy; rollouts keep what they were planned with."""
    session.client.delete(f"policies/{name}/")
    session.output.note(f"policy {name}: deleted")


def _planned(wave: Any) -> dict[str, Any]:
    names = [each["controller_id"] for each in wave["names"][:FIRST]]
    more = ["…"] if wave["devices"] > len(names) else []
    return {**wave, "wave": wave["index"] + 1, "first": " ".join([*names, *more])}


def _numbered(row: Any) -> dict[str, Any]:
    """Count waves from one, as people do."""
    index = row.get("index", row.get("wave"))
    return {**row, "wave": index + 1} if isinstance(index, int) else dict(row)


def _shares(document: Any) -> str:
    return ", ".join(map(reach, document["waves"]))
