"""Admission: read an uploaded version in the jail, and tell the registry what it is or why it is
refused.

Guarantees: nothing of the file is parsed in this process; a hostile file can only be rejected; a
version is decided once, a lost probe is asked for again by the sweeper, and a file that kills its
readers is rejected for that.
"""

import json
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from builds.models import Probe
from builds.pipeline_run import scratch, sentence, worker_name
from builds.probe_child import MODEL, REPORT
from builds.quantize import QuantizeError, QuantizeStopped, inspect
from builds.signals import VERSION_PROBE
from fleet.lib import clock
from fleet.lib.actor import system
from fleet.lib.errors import FleetError
from fleet.lib.jail import PROJECT_ROOT, python_command, python_env, read_output, run_jailed
from fleet.lib.jobs import JobState, claim, finish, release, sweep
from registry import blobs, services
from registry.models import ModelVersion

log = logging.getLogger(__name__)
PENDING: Final = "pending"
TFLITE: Final = "tflite"
PROBE_SECONDS: Final = 60.0
PROBE_MEMORY: Final = 1024**3  # bytes
REPORT_MAX: Final = 1024**2  # bytes
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
            release(row, fence=fence, now=clock.now(), last_error=error.message)
            return
        found = {"reasons": [sentence(error)]}
    with transaction.atomic():
        finish(row, fence=fence, state=JobState.SUCCEEDED)
        _tell(ModelVersion.objects.get(probe__pk=probe_id), found)


def _tell(version: ModelVersion, found: dict[str, Any]) -> None:
    if version.state != PENDING:
        return
    if reasons := found.get("reasons"):
        services.version_reject(version=version, reasons=reasons, by=BY)
    else:
        services.version_admit(
            version=version, io_schema=found["io_schema"], ops=found["ops"], by=BY
        )


def _read(version: ModelVersion) -> dict[str, Any]:
    read = _read_tflite if version.format == TFLITE else _read_keras
    with scratch() as folder:
        return read(blobs.read(version.blob_id), folder)


def _read_keras(data: bytes, folder: Path) -> dict[str, Any]:
    seen = inspect(keras_bytes=data, workdir=folder)
    return {"io_schema": seen.io_schema, "ops": seen.ops}


def _read_tflite(data: bytes, folder: Path) -> dict[str, Any]:
    result = run_jailed(
        python_command("builds.probe_child"),
        workdir=folder,
        deadline_seconds=PROBE_SECONDS,
        memory_bytes=PROBE_MEMORY,
        inputs={MODEL: data},
        env=python_env(),
        readable=[PROJECT_ROOT / "builds"],
    )
    report = read_output(folder, REPORT, limit_bytes=REPORT_MAX)
    if report is None:
        log.warning("probe ended as %s: %s", result.ending, result.stderr[-500:])
        raise QuantizeError("The model file could not be read within the limits of the probe.")
    found: dict[str, Any] = json.loads(report)
    return found


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
    dead = Probe.objects.filter(state=JobState.FAILED, version__state=PENDING)
    for probe in dead.select_related("version"):
        with transaction.atomic():
            _tell(probe.version, {"reasons": ["Reading this file ended the worker every time."]})
