"""Challengers on a version's page: what runs beside what devices run, and how they agree."""

from typing import Any, Final

from fleet.console.present.judgement.field import agreement_panel
from fleet.devices import selectors as devices
from fleet.lib import clock
from ota import selectors
from ota.choices import ShadowRun
from ota.models import Shadow
from ota.rollouts.agreement import agreement
from registry.models import ModelVersion

SHOWN: Final = 20  # challengers of a version
GROUPS: Final = 100
DEFAULTS: Final = {"every": "10", "time_ms": "1000", "memory_mib": "256", "hours": "24"}


def challengers(version: ModelVersion, *, may: bool) -> dict[str, Any]:
    """Return what the version's page shows of its challengers, and offers who `may` begin one."""
    release = version.releases.filter(state="published").first() if may else None
    rows = selectors.shadows(version=version.public_id)[:SHOWN]
    return {
        "rows": [(row, _state(row)) for row in rows],
        "agreement": agreement_panel(agreement(version)),
        "release": release,
        "groups": devices.groups().order_by("name")[:GROUPS] if release else (),
        "defaults": DEFAULTS,
        "may": may,
    }


def _state(row: Shadow) -> str:
    if row.state == ShadowRun.RUNNING and row.until <= clock.now():
        return "ended"
    return str(row.state)
