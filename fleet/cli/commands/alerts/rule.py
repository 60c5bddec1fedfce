"""`edgefleet rule`: what people want to be told of, tried on the last month before it is saved."""

from collections.abc import Callable
from typing import Any, Final

import click

from fleet.cli.errors import RequestRefused
from fleet.cli.session import WATCH_EVERY, Session, verb

COLUMNS: Final = {
    "ID": "id",
    "NAME": "name",
    "ENABLED": "enabled",
    "OWNER": "owner",
    "ACTIONS": "actions",
    "MODELS": "models",
    "SEVERITY": "least_severity",
}
SEVERAL: Final = {
    "models": "A model's name.",
    "versions": "A version's id (ver_…).",
    "groups": "A group's name.",
    "devices": "A device's id (dev_…).",
    "levels": "device, label or version.",
    "signals": "A pattern, such as 'class *'.",
    "tests": "shift, votes, fleet or reference.",
    "mute": "Silent hours (UTC), such as 'mon,tue 22:00-06:00'.",
    "actions": "pause_rollout, roll_back_rollout, capture_samples, email:dst_…, webhook:dst_…, "
    "retrain:dst_….",
}
ONE: Final[dict[str, tuple[type, str]]] = {
    "labels": (str, "A device query, such as site=paris."),
    "reference": (str, "any, own_past or version."),
    "least_severity": (str, "warning or critical."),
    "window_hours": (float, "Hours over which devices are counted for the quorum."),
    "quorum_devices": (int, "Devices that must show it."),
    "samples_min": (float, "Effective samples that it must rest on."),
    "smallest_change": (float, "Standard deviations."),
    "psi_min": (float, "Smallest PSI beside the reference."),
    "fdr_q": (float, "Largest p-value beside the reference."),
    "start_minutes": (int, "Minutes that it must last."),
    "end_minutes": (int, "Minutes that it must be gone before it counts as new."),
    "cooldown_minutes": (int, "Minutes of silence after the rule told."),
    "severity": (str, "Severity that the incident gets."),
    "runbook": (str, "A link to what to do."),
}
END_STATES: Final = ("succeeded", "failed", "refused")


@click.group()
def rule() -> None:
    """Alert rules."""


def _terms(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each field; those that are not given are left out."""
    for name, (kind, words) in reversed(ONE.items()):
        command = click.option(f"--{name.replace('_', '-')}", name, type=kind, help=words)(command)
    for name, words in reversed(SEVERAL.items()):
        option = f"--{name.removesuffix('s')}"
        command = click.option(option, name, multiple=True, help=f"{words} May be repeated.")(
            command
        )
    return command


def _given(terms: dict[str, Any]) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in terms.items()
        if value not in (None, ())
    }


@verb(rule, "list")
def list_all(session: Session) -> None:
    """List rules, the newest first."""
    session.output.rows(session.client.pages("rules/"), COLUMNS)


@verb(rule, "show")
@click.argument("rule_id")
def show(session: Session, rule_id: str) -> None:
    """Show one rule with every field."""
    found = session.client.get(f"rules/{rule_id}/")
    session.output.one(found, tuple(found))


@verb(rule, "actions")
def actions(session: Session) -> None:
    """List what a rule can do."""
    rows = session.client.get("rules/actions/")
    session.output.rows(iter(rows), {"NAME": "name", "NEEDS": "sends", "WHAT": "sentence"})


@verb(rule, "create")
@click.argument("name")
@click.option("--owner", help="A person's user name.")
@_terms
def create(session: Session, name: str, owner: str | None, **terms: Any) -> None:
    """Make a rule. Try it first: `edgefleet rule backtest` takes the same options."""
    body = {"name": name, **_given(terms | {"owner": owner})}
    session.output.one(session.client.post("rules/", body), tuple(COLUMNS.values()))


@verb(rule, "edit")
@click.argument("rule_id")
@click.option("--enable/--disable", "enabled", default=None, help="Does it tell anything?")
@click.option("--owner", help="A person's user name.")
@_terms
def edit(
    session: Session, rule_id: str, owner: str | None, *, enabled: bool | None, **terms: Any
) -> None:
    """Change some fields; the others stay."""
    body = _given(terms | {"owner": owner, "enabled": enabled})
    if not body:
        raise RequestRefused("Nothing to change: give at least one option.")
    session.output.one(session.client.patch(f"rules/{rule_id}/", body), tuple(COLUMNS.values()))


@verb(rule, "delete")
@click.argument("rule_id")
def delete(session: Session, rule_id: str) -> None:
    """Remove a rule; what it did stays with its incidents."""
    session.client.delete(f"rules/{rule_id}/")
    session.output.note(f"{rule_id} was deleted.")


@verb(rule, "backtest")
@click.option("--rule", "rule_id", help="A rule (rul_…) to begin from; options change its fields.")
@_terms
def backtest(session: Session, rule_id: str | None, **terms: Any) -> None:
    """Show what a draft would have told in the last 30 days, and its false alarms a month."""
    body = _given(terms)
    if rule_id is not None:
        saved = session.client.get(f"rules/{rule_id}/")
        body = {name: saved[name] for name in (*SEVERAL, *ONE)} | body
    found = session.client.post("rules/backtest/", body)
    while found["state"] not in END_STATES:
        session.sleep(WATCH_EVERY)
        found = session.client.get(f"rules/backtests/{found['id']}/")
    if found["result"] is None:
        raise RequestRefused(found["failure"] or "The back-test failed.")
    _show(session, found["result"])


def _show(session: Session, result: dict[str, Any]) -> None:
    if session.output.as_json:
        session.output.one(result, tuple(result))
        return
    rate = result["false_alarms_a_month"]
    words = {
        "hours": result["hours"],
        "devices": result["devices"],
        "findings": result["findings"],
        "told": result["told_count"],
        "false alarms a month": f"{rate['expected']} ({rate['low']} to {rate['high']})"
        if rate
        else "unknown",
        "notes": " ".join(result["notes"]),
    }
    session.output.one(words, tuple(words))
    columns = ("at", "level", "cause", "device_count", "signals", "severity", "outcome")
    session.output.rows(iter(result["told"]), {name.upper(): name for name in columns})
    kept = {"KEPT BACK": "cause", "SINCE": "since", "BECAUSE": "because"}
    session.output.rows(iter(result["kept"]), kept)
