"""News of the parts below this one, heard as signals, and told to those who listen."""

from typing import Any

from builds.models import Build
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
    """Tell that captured samples have become a dataset."""
    del sender
    emit(CAPTURE_COMPLETED, capture, {"id": capture, "dataset": dataset})
