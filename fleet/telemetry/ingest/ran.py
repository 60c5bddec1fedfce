"""Whether a device may have run a version, by what it said and by what it was given.

Guarantees: a device of which nothing is known may report (another client tells nothing); one of
which something is known reports only for versions among that.
"""

from fleet.devices.choices import EventKind
from fleet.devices.models import Device, DeviceEvent
from fleet.telemetry.models import Report, TelemetrySchema
from fleet.telemetry.signals import version_given
from registry.models import ModelVersion

TOLD_MAX: int = 500  # newest lines of a device's timeline that are looked through


def may_have_run(device: Device, schema: TelemetrySchema) -> bool:
    """Tell whether a report of this schema can be this device's own."""
    if Report.objects.filter(schema=schema, device=device).exists():
        return True
    said, given = _said(device, schema.version), _given(device.pk, schema.version_id)
    return bool(said or given) or (said is None and given is None)


def _said(device: Device, version: ModelVersion) -> bool | None:
    """Whether it said once that it runs the version; None when it never said a thing."""
    rows = DeviceEvent.objects.filter(device=device, kind=EventKind.RUNNING)
    told = [device.running, *rows.values_list("detail", flat=True)[:TOLD_MAX]]
    named = {(each.get("model"), each.get("version")) for each in told if each.get("version")}
    return (version.model.name, version.label) in named if named else None


def _given(device_id: int, version_id: int) -> bool | None:
    answers = version_given.send(sender=Device, device_id=device_id, version_id=version_id)
    known = [answer for _, answer in answers if answer is not None]
    return any(known) if known else None
