"""Every rule over what the judgement found just now, and what it leads to.

Guarantees: a finding of a muted incident leads to nothing; what a rule knows of a finding is a row,
so that another worker, or the next look, does not tell it again; without any rule, incidents are
opened as always.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from fleet.access import audit
from fleet.devices import selectors as devices
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.errors import FleetError
from fleet.telemetry import selectors
from fleet.telemetry.alerts import actions
from fleet.telemetry.alerts.rule import HOURS_MAX, Detector, Rule, Scope
from fleet.telemetry.alerts.sighting import Key, Sighting
from fleet.telemetry.alerts.telling import Remembered, look
from fleet.telemetry.alerts.written import BadRule, rule_of
from fleet.telemetry.choices import CauseLevel, IncidentKind
from fleet.telemetry.models import AlertMemory, AlertRule, Incident
from fleet.telemetry.monitor.assess import drift_assess

log = logging.getLogger(__name__)


def assess_and_tell() -> int:
    """Judge what is new, then look at it with every rule; return how many versions had news."""
    judged = drift_assess()
    rules_apply(now=clock.now())
    return judged


def rules_apply(*, now: datetime) -> int:
    """Look with every enabled rule; return how many findings were told."""
    rows = list(selectors.rules(enabled=True))
    since = now - timedelta(hours=HOURS_MAX)
    incidents = list(selectors.incidents_since(since)) if rows else []
    told = sum(_apply(row, incidents, now) for row in rows)
    actions.run_planned()
    return told


def scope_of(rule: Rule) -> Scope:
    """Return the devices that a rule is about. Raises Refused for a query that cannot be read,
    NotFound for a group that is gone.
    """
    named: list[Iterable[str]] = []
    if rule.groups:
        members: set[str] = set()
        for name in rule.groups:
            members |= _ids(devices.group_members(devices.group_get(name)))
        named.append(members)
    if rule.labels:
        named.append(_ids(devices.devices(query=rule.labels)))
    if rule.devices:
        named.append(rule.devices)
    if not named:
        return Scope()
    return Scope(frozenset(named[0]).intersection(*named[1:]))


def sighting_of(incident: Incident) -> Sighting:
    """Return an incident as rules read it."""
    evidence = incident.evidence
    shifts = evidence.get("shifts", {}).values()
    names = [str(each["channel"]) for each in shifts if "channel" in each]
    names += [str(each["name"]) for each in evidence.get("findings", []) if each.get("drifted")]
    effects = [float(each["effect_sd"]) for each in shifts if "effect_sd" in each]
    own = bool(evidence.get("says"))
    test = _OWN[incident.level] if own else Detector.REFERENCE
    if incident.kind == IncidentKind.SILENCE:
        names, test = [Detector.SILENCE], Detector.SILENCE
    return Sighting(
        version=incident.version.public_id,
        model=incident.version.model.name,
        level=incident.level,
        cause=incident.cause,
        devices=tuple(evidence.get("devices", [])),
        signals=tuple(dict.fromkeys(names)),
        test=test,
        severity=incident.severity,
        since=incident.since,
        until=incident.resolved_at,
        samples=evidence.get("samples"),
        effect_sd=max(effects, key=abs, default=None),
        psi=evidence.get("psi") if evidence.get("findings") else None,
        p=None if own else evidence.get("p"),
        incident=incident.public_id,
    )


_OWN: Final[Mapping[str, Detector]] = {
    CauseLevel.DEVICE: Detector.SHIFT,
    CauseLevel.LABEL: Detector.VOTES,
    CauseLevel.VERSION: Detector.FLEET,
}


def _ids(rows: Iterable[Device]) -> set[str]:
    return {each.public_id for each in rows}


@transaction.atomic
def _apply(row: AlertRule, incidents: Sequence[Incident], now: datetime) -> int:
    try:
        rule = rule_of(row.terms)
        scope = scope_of(rule)
    except (FleetError, BadRule) as error:  # its group was deleted: nothing is in its scope
        log.warning("the rule %s cannot be looked at: %s", row.public_id, error)
        return 0
    silent = {each.public_id for each in incidents if each.is_muted(now)}
    seen = [sighting_of(each) for each in incidents if each.public_id not in silent]
    known = _remembered(row)
    found = look(rule, scope, seen, known, now)
    _keep(row, known, now)
    by_id = {each.public_id: each for each in incidents}
    for each in found.told:
        _take_up(row, rule, by_id[each.incident])
    return len(found.told)


def _take_up(row: AlertRule, rule: Rule, incident: Incident) -> None:
    changes: dict[str, str] = {}
    if rule.severity and not incident.severity_given:
        changes |= {"severity": rule.severity, "severity_given": rule.severity}
    if rule.runbook and not incident.runbook:
        changes["runbook"] = rule.runbook
    if changes:
        Incident.objects.filter(pk=incident.pk).update(**changes, updated_at=clock.now())
    actions.plan(incident, row, rule.actions)
    audit.record(
        by=actions.RULES,
        action="telemetry.rule_told",
        subject=incident.public_id,
        detail={"rule": row.public_id, "name": row.name, **changes},
    )


def _remembered(row: AlertRule) -> dict[Key, Remembered]:
    rows = AlertMemory.objects.filter(rule=row)
    return {
        (each.version, each.level, each.cause): Remembered(each.since, each.seen_at, each.told_at)
        for each in rows
    }


def _keep(row: AlertRule, known: dict[Key, Remembered], now: datetime) -> None:
    """Write what was seen in this look; what is long forgotten is removed."""
    for (version, level, cause), each in known.items():
        if each.seen == now:
            AlertMemory.objects.update_or_create(
                rule=row,
                version=version,
                level=level,
                cause=cause,
                defaults={"since": each.since, "seen_at": each.seen, "told_at": each.told},
            )
    old = now - timedelta(hours=HOURS_MAX)
    AlertMemory.objects.filter(rule=row, seen_at__lt=old).delete()
