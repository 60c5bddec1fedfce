"""The stored windows of the last month, as who was silent: the live decision, run over them again.

What only the moment knows is not known here: that a gateway was not heard either. Devices that are
not accepted now are left out, as they are live.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from fleet.devices.choices import DeviceState
from fleet.devices.models import Device
from fleet.telemetry.alerts.rule import Detector
from fleet.telemetry.alerts.sighting import Sighting
from fleet.telemetry.choices import CauseLevel, RollupLevel, Severity
from fleet.telemetry.judgement.telling.findings import Found
from fleet.telemetry.judgement.telling.silence import SILENT, Silences
from fleet.telemetry.models import Rollup, TelemetrySchema
from fleet.telemetry.monitor.history import Grid
from fleet.telemetry.monitor.silence import facts_of


def silence_sightings(schema: TelemetrySchema, grid: Grid, keys: Sequence[str]) -> list[Sighting]:
    """Return the silences of devices (public ids) that reported last under this schema."""
    moments, newest = _moments(grid, keys)
    rows = Device.objects.filter(public_id__in=keys, state=DeviceState.ACCEPTED)
    mine = [
        each
        for each in rows.select_related("behind").order_by("pk")
        if newest.get(each.public_id) == schema.pk
    ]
    silences = Silences(facts_of(mine), grid.hours)
    for step in range(grid.steps):
        silences.step(np.array([step in moments[each.public_id] for each in mine], bool))
    return [_sighting(schema, grid, each, mine) for each in silences.told]


def _moments(grid: Grid, keys: Sequence[str]) -> tuple[dict[str, set[int]], dict[str, int]]:
    """The steps in which each device reported, under any version, and its newest schema."""
    rows = Rollup.objects.filter(
        level=RollupLevel.DEVICE, key__in=keys, bucket_at__gte=grid.first
    ).order_by("bucket_at")
    moments: dict[str, set[int]] = {key: set() for key in keys}
    newest: dict[str, int] = {}
    for key, at, owner in rows.values_list("key", "bucket_at", "schema_id").iterator():
        moments[key].add(grid.index(at))
        newest[key] = owner
    return moments, newest


def _sighting(
    schema: TelemetrySchema, grid: Grid, found: Found, mine: Sequence[Device]
) -> Sighting:
    devices = tuple(mine[i].public_id for i in found.devices)
    alone = found.level == "device"
    return Sighting(
        version=schema.version.public_id,
        model=schema.version.model.name,
        level=CauseLevel.VERSION if found.level == "fleet" else found.level,
        cause=devices[0] + SILENT if alone else found.cause,
        devices=devices,
        signals=(Detector.SILENCE,),
        test=Detector.SILENCE,
        severity=Severity.WARNING if alone else Severity.CRITICAL,
        since=end_of(grid, found.opened),
        until=None if found.closed is None else end_of(grid, found.closed),
    )


def end_of(grid: Grid, step: int) -> datetime:
    """Return when a step ended, which is when it was looked at."""
    return grid.first + timedelta(seconds=grid.seconds * (step + 1))
