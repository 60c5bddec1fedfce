"""Making a delta: a job that a worker does in the jail, once for all rollouts.

Guarantees: no byte of either file is read in this process but to pass it on; what is stored was
applied and made the very file; one that would not be shorter is refused, and not tried again.
"""

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings

from builds.jailed.errors import ChildFailed, ChildLost, ChildStopped, error_sentence
from builds.jailed.running import ChildLimits, JailedModule, child
from builds.jailed.scratch import scratch
from fleet.lib import clock
from fleet.lib.errors import FleetError, Unprocessable
from fleet.lib.jobs import JobState, claim, finish, release, sweep, worker_name
from ota.models import Delta
from ota.releases.deltas.asking import DELTA_MAKE
from ota.releases.deltas.child import DELTA, NEW, OLD
from registry import blobs
from registry.models import Blob

log = logging.getLogger(__name__)
BYTES_MAX: Final = 8 * 1024**2  # of either file; the making of larger ones takes minutes
MAKER: Final = JailedModule(
    "ota.releases.deltas.child",
    ChildLimits(deadline_seconds=600.0, memory_bytes=2 * 1024**3),
    packages=("ota", "builds", "device_agent"),
    engine="The maker of deltas",
)
LEASE_SECONDS: Final = 900.0  # longer than any child may last
LOST_AFTER: Final = timedelta(seconds=60)  # a message that is this old was lost


def delta_make(pk: int) -> None:
    """Make one delta, unless another worker does."""
    row = Delta.objects.filter(pk=pk)
    attempts = settings.EDGEFLEET_BUILD_ATTEMPTS
    fence = claim(
        row,
        worker=worker_name(),
        now=clock.now(),
        lease_seconds=LEASE_SECONDS,
        attempts=attempts,
    )
    if fence is None:
        return
    try:
        blob = _made(Delta.objects.get(pk=pk))
    except FleetError as error:
        _end(pk, fence, error)
        return
    finish(row, fence=fence, state=JobState.SUCCEEDED, blob=blob, size_bytes=blob.size_bytes)


def deltas_sweep() -> None:
    """Wake deltas that nobody works on, and give up those that cost too many workers."""
    sweep(
        Delta.objects.all(),
        task_name=DELTA_MAKE,
        now=clock.now(),
        lost_after=LOST_AFTER,
        attempts=settings.EDGEFLEET_BUILD_ATTEMPTS,
    )


def _end(pk: int, fence: int, error: FleetError) -> None:
    row, words = Delta.objects.filter(pk=pk), error_sentence(error)
    if isinstance(error, ChildFailed):
        log.error("delta %s: %s", pk, words)
        finish(row, fence=fence, state=JobState.FAILED, last_error=words)
    elif error.retryable and not isinstance(error, ChildStopped):
        begun = isinstance(error, ChildLost)
        release(row, fence=fence, now=clock.now(), last_error=words, counted=begun)
    else:
        finish(row, fence=fence, state=JobState.REFUSED, last_error=words)


def _made(delta: Delta) -> Blob:
    old = _file(delta.source) if delta.source else b""
    new = _file(delta.target)
    with scratch() as folder, child(MAKER, {OLD: old, NEW: new}, folder) as left:
        left.made()
        data = left.file(DELTA, len(old) + 2 * len(new))
    if len(data) >= len(new):
        raise Unprocessable(f"It would have {len(data)} bytes, the file has {len(new)}.")
    return blobs.put_bytes(data)


def _file(sha256: str) -> bytes:
    with blobs.open(sha256) as stream:
        data = stream.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        raise Unprocessable(f"A file has more than {BYTES_MAX} bytes: no delta is made of it.")
    return data
