"""Admission: read an uploaded version in the jail, and tell the registry what it is or why it is
refused.

Guarantees: nothing of the file is parsed in this process; a hostile file can only be rejected; a
version is decided once. A reader that ends without a report, through no limit that is known, is our
failure: the probe is tried again, and only a file that ends reader after reader is rejected for
that. Where no reader can be started at all, the version waits.
"""

import json
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from builds.models import Probe
from builds.pipeline.facts import MODEL, PROBED
from builds.pipeline.run import scratch, sentence, worker_name
from builds.quantize.run import QuantizeError, QuantizeLost, QuantizeStopped, inspect
from builds.signals import VERSION_PROBE
from fleet.lib import clock
from fleet.lib.actor import system
from fleet.lib.errors import FleetError, Unavailable
from fleet.lib.jail import (
    PROJECT_ROOT,
    Ending,
    JailResult,
    python_command,
    python_env,
    read_output,
    run_jailed,
)
from fleet.lib.jobs import JobState, claim, finish, release, sweep
from registry import blobs, services
from registry.choices import Format, VersionState
from registry.models import ModelVersion

log = logging.getLogger(__name__)
PROBE_SECONDS: Final = 60.0
PROBE_MEMORY: Final = 1024**3  # bytes
REPORT_MAX: Final = 1024**2  # bytes
LIMITS: Final = {
    Ending.DEADLINE: f"{PROBE_SECONDS:g} seconds",
    Ending.MEMORY: f"{PROBE_MEMORY >> 20} MiB of memory",
    Ending.WRITTEN: "the files that a reader may write",
    Ending.PROCESSES: "one process",
}
LEASE_SECONDS: Final = 900.0  # longer than any probe may last
BY: Final = system("admission")


def version_probe(*, probe_id: int) -> None:
    """Decide a pending version, unless another worker does."""
    row, now = Probe.objects.filter(pk=probe_id), clock.now()
    attempts = settings.EDGEFLEET_BUILD_ATTEMPTS
    fence = claim(
        row, worker=worker_name(), now=now, lease_seconds=LEASE_SECONDS, attempts=attempts
    )
    if fence is None:
        return
    try:
        found = _read(Probe.objects.select_related("version").get(pk=probe_id).version)
    except FleetError as error:
        if error.retryable and not isinstance(error, QuantizeStopped):
            begun = isinstance(error, QuantizeLost)
            log.warning("probe %s is tried again: %s", probe_id, error.message)
            release(row, fence=fence, now=clock.now(), last_error=error.message, counted=begun)
            return
        found = {"reasons": [sentence(error)]}
    with transaction.atomic():
        finish(row, fence=fence, state=JobState.SUCCEEDED)
        _tell(ModelVersion.objects.get(probe__pk=probe_id), found)


def _tell(version: ModelVersion, found: dict[str, Any]) -> None:
    if version.state != VersionState.PENDING:
        return
    if reasons := found.get("reasons"):
        services.version_reject(version=version, reasons=reasons, by=BY)
    else:
        services.version_admit(
            version=version, io_schema=found["io_schema"], ops=found["ops"], by=BY
        )


def _read(version: ModelVersion) -> dict[str, Any]:
    read = _read_tflite if version.format == Format.TFLITE else _read_keras
    with scratch() as folder:
        return read(blobs.read(version.blob_id), folder)


def _read_keras(data: bytes, folder: Path) -> dict[str, Any]:
    seen = inspect(keras_bytes=data, workdir=folder)
    return {"io_schema": seen.io_schema, "ops": seen.ops}


def _read_tflite(data: bytes, folder: Path) -> dict[str, Any]:
    result = run_jailed(
        python_command("builds.admission.child"),
        workdir=folder,
        deadline_seconds=PROBE_SECONDS,
        memory_bytes=PROBE_MEMORY,
        inputs={MODEL: data},
        env=python_env(),
        readable=[PROJECT_ROOT / "builds"],
    )
    found = _report(folder)
    if found is None:
        log.warning("probe ended as %s: %s", result.ending, result.stderr[-500:])
        raise _no_report(result)
    return found


def _report(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(read_output(folder, PROBED, limit_bytes=REPORT_MAX) or b"")
    except (ValueError, RecursionError):  # cut off, or written by somebody else's code
        return None
    return found if isinstance(found, dict) else None


def _no_report(result: JailResult) -> FleetError:
    if result.limit:
        within = LIMITS[result.limit]
        return QuantizeError(f"The model file could not be read within {within}.")
    if result.ending is Ending.SETUP:
        return Unavailable(f"The jail for foreign models could not be set up: {result.detail}")
    return QuantizeLost(f"The reader of the model file ended as {result.ending} ({result.code}).")


def probes_sweep(*, now: datetime, lost_after: timedelta) -> None:
    """Ask again for lost probes; reject the versions whose file killed every reader."""
    attempts = settings.EDGEFLEET_BUILD_ATTEMPTS
    sweep(
        Probe.objects.all(),
        task_name=VERSION_PROBE,
        now=now,
        lost_after=lost_after,
        attempts=attempts,
    )
    dead = Probe.objects.filter(state=JobState.FAILED, version__state=VersionState.PENDING)
    for probe in dead.select_related("version"):
        with transaction.atomic():
            _tell(probe.version, {"reasons": ["Reading this file ended the worker every time."]})
