"""Admission: read an uploaded version in the jail, and tell the registry what it is or why it is
refused.

Guarantees: nothing of the file is parsed in this process; a hostile file can only be rejected; a
version is decided once. A reader that ends without a report, through no limit that is known, is our
failure: the probe is tried again, and only a file that ends reader after reader is rejected for
that. Where no reader can be started at all, the version waits.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from builds.jailed.errors import ChildFailed, ChildLost, ChildStopped, error_sentence
from builds.jailed.running import ChildLimits, JailedModule, child
from builds.jailed.scratch import scratch
from builds.models import Probe
from builds.recipes.quantize.protocol import JobFile
from builds.recipes.quantize.run import inspect
from builds.signals import VERSION_PROBE
from builds.sources.classical import run as classical
from builds.sources.classical.files import ClassicalFile
from builds.sources.edge_impulse import run as edge_impulse
from builds.sources.onnx import run as onnx
from builds.sources.pytorch import run as pytorch
from fleet.lib import clock
from fleet.lib.actor import system
from fleet.lib.errors import FleetError
from fleet.lib.jobs import JobState, claim, finish, release, sweep, worker_name
from registry import blobs, services
from registry.choices import Format, VersionState
from registry.models import ModelVersion

log = logging.getLogger(__name__)
READER: Final = JailedModule(
    "builds.sources.admission.child",
    ChildLimits(deadline_seconds=60.0, memory_bytes=1024**3),
    engine="The reader of the model file",
)
LEASE_SECONDS: Final = 900.0  # longer than any probe may last
BY: Final = system("admission")
Found = Mapping[str, Any]


def admission_run(*, probe_id: int) -> None:
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
        if isinstance(error, ChildFailed) or (
            error.retryable and not isinstance(error, ChildStopped)
        ):
            begun = isinstance(error, ChildFailed | ChildLost)
            log.warning("probe %s is tried again: %s", probe_id, error.message)
            release(row, fence=fence, now=clock.now(), last_error=error.message, counted=begun)
            return
        found = {"reasons": [error_sentence(error)]}
    with transaction.atomic():
        finish(row, fence=fence, state=JobState.SUCCEEDED)
        _decide(ModelVersion.objects.get(probe__pk=probe_id), found)


def _decide(version: ModelVersion, found: Found) -> None:
    if version.state != VersionState.PENDING:
        return
    if reasons := found.get("reasons"):
        services.version_reject(version=version, reasons=reasons, by=BY)
    else:
        services.version_admit(
            version=version, io_schema=found["io_schema"], ops=found["ops"], by=BY
        )


def _read(version: ModelVersion) -> Found:
    with scratch() as folder:
        return READERS[Format(version.format)](blobs.read(version.blob_id), folder)


def _read_keras(data: bytes, folder: Path) -> Found:
    seen = inspect(keras_bytes=data, workdir=folder)
    return {"io_schema": seen.io_schema, "ops": seen.ops}


def _read_tflite(data: bytes, folder: Path) -> Found:
    with child(READER, {JobFile.TFLITE.value: data}, folder) as left:
        return left.made()


READERS: Final[Mapping[Format, Callable[[bytes, Path], Found]]] = {
    Format.EDGE_IMPULSE: edge_impulse.look,
    Format.JSON: partial(classical.look, ClassicalFile.JSON),
    Format.KERAS: _read_keras,
    Format.ONNX: onnx.look,
    Format.PT2: pytorch.look,
    Format.SKOPS: partial(classical.look, ClassicalFile.SKOPS),
    Format.TFLITE: _read_tflite,
}


def admissions_sweep(*, now: datetime, lost_after: timedelta) -> None:
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
            _decide(probe.version, {"reasons": ["Reading this file ended the worker every time."]})
