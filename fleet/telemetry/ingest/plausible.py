"""Whether a sealed window can be true: its counts, its number and its time. Pure.

Guarantees: each distribution is empty or holds exactly the samples that the window claims, so that
no device gains weight by counting more; a counter holds at most what a device could have tried in
a window; a window is at most as old as its boot, and its number at most as high as its boot can
have got.
"""

from typing import Final

from numpy.typing import ArrayLike

from device_agent.protocol.frame import Frame
from device_agent.protocol.schema import TelemetrySchema
from fleet.telemetry.ingest.clock import SLACK_SECONDS
from fleet.telemetry.ingest.counts.layout import counter, parts

TRIED_MAX: Final = 1 << 20  # failed or invalid inferences of one window: 291 a second for an hour
DURATION_MAX: Final = 8 * 86_400  # seconds of one window
BURST_WINDOWS: Final = 1000  # windows of a boot beyond one a second: switches and stops close early


def counts_fault(schema: TelemetrySchema, counts: ArrayLike, samples: int) -> str | None:
    """Return a sentence when the counts do not add up to the samples they claim, else None."""
    for name, row in parts(schema, counts).items():
        if row.sum() not in {0, samples}:
            return f"The window says {samples} samples and counts {row.sum():.0f} in {name!r}."
    for name in ("invalid", "errors"):
        if (tried := counter(schema, counts, name)) > TRIED_MAX:
            return f"The window counts {tried} {name}, at most {TRIED_MAX} can be true."
    return None


def time_fault(frame: Frame, uptime_s: int | None) -> str | None:
    """Return a sentence when the window cannot have been then; `uptime_s` is of the same boot."""
    end = frame.t_open_s + frame.duration_s
    if frame.duration_s > DURATION_MAX:
        return f"The window lasted {frame.duration_s} s, at most {DURATION_MAX} s are accepted."
    if uptime_s is not None and end > uptime_s + SLACK_SECONDS:
        return f"The window ended {end} s after a boot that is {uptime_s} s old."
    if frame.seq > end + BURST_WINDOWS:
        return f"Window {frame.seq} cannot be of a boot that is {end} s old when it ends."
    return None
