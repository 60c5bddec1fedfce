"""News of the parts below this one, heard as signals, and told to those who listen.

Rollouts stand above and tell theirs themselves: `ota/rollouts/news.py`.
"""

from typing import Any

from builds.models import Build
from fleet.devices.choices import EventKind
from fleet.devices.models import DeviceEvent
from fleet.telemetry.models import CapturePart
from fleet.telemetry.monitor.notifications.emit import emit
from fleet.telemetry.monitor.notifications.events import (
    BUILD_FAILED,
    CAPTURE_COMPLETED,
    VERSION_ADMITTED,
    VERSION_REFUSED,
)
from registry.choices import VersionState
from registry.models import ModelVersion


def version_was_decided(sender: Any, version: ModelVersion, **_: Any) -> None:
    """Tell that a version was taken or refused."""
    del sender
    event = VERSION_ADMITTED if version.state == VersionState.ADMITTED else VERSION_REFUSED
    data = {
        "id": version.public_id,
        "model": version.model.name,
        "number": version.number,
        "reasons": list(version.reasons),
    }
    emit(event, version.public_id, data)


def build_has_failed(sender: Any, build: Build, **_: Any) -> None:
    """Tell that a build came to nothing."""
    del sender
    data = {
        "id": build.public_id,
        "version": build.version.public_id,
        "target": build.target,
        "state": build.state,
        "reason": build.failure,
    }
    emit(BUILD_FAILED, build.public_id, data)


def capture_has_completed(sender: Any, capture: str, dataset: str, **_: Any) -> None:
    """Tell that captured samples have become a dataset, here and on each device's timeline."""
    del sender
    parts = CapturePart.objects.filter(request__public_id=capture, batches__gt=0)
    DeviceEvent.objects.bulk_create(
        DeviceEvent(
            device_id=key,
            kind=EventKind.TELEMETRY,
            text=f"Its captured samples are in dataset {dataset}.",
            detail={"capture": capture, "dataset": dataset},
        )
        for key in parts.values_list("device_id", flat=True)
    )
    emit(CAPTURE_COMPLETED, capture, {"id": capture, "dataset": dataset})
