"""Counts what a model does, in the bins its version owns, and seals windows of counts.

* Only counts are kept: no input and no output ever leaves the device.
* A window closes by time, by number of samples, at a switch of models and at an orderly stop.
* A sealed window never changes.
"""

from array import array

from device_agent.model import Inference
from device_agent.protocol.descriptors import describe
from device_agent.protocol.frame import (
    I32_MAX,
    WINDOW_SAMPLES_MAX,
    Frame,
    FrameFlags,
    Gauge,
    GaugeKind,
    pack_counts,
)
from device_agent.protocol.manifest import Manifest
from device_agent.protocol.schema import (
    COUNTERS,
    TelemetrySchema,
    confidence_bin,
    latency_bucket,
    predicted_class,
)


class Recorder:
    """The open window."""

    def __init__(self, schema: TelemetrySchema, manifest: Manifest, *, now: float) -> None:
        self._schema, self._manifest = schema, manifest
        first_in, first_out = manifest.inputs[0], manifest.outputs[0]
        self._describes = bool(schema.features) and first_in.dtype == "int8"
        self._classifies = first_out.dtype == "int8" and first_out.bytes == len(schema.classes)
        self._counters = dict.fromkeys(COUNTERS, 0)
        self._open(now)

    def record(self, inference: Inference) -> None:
        """Count one inference."""
        self.samples += 1
        if self._describes:
            self._count_features(inference.inputs[0])
        if self._classifies:
            self._count_prediction(inference.outputs[0])
        layout = self._schema.layout
        self._counts[layout.latency.start + latency_bucket(inference.latency_us)] += 1
        self._counters["below_min"] += inference.clipped_low
        self._counters["above_max"] += inference.clipped_high

    def invalid(self) -> None:
        """Count an input that the model could not be asked about."""
        self._counters["invalid"] += 1

    def error(self) -> None:
        """Count a run of the model that failed."""
        self._counters["errors"] += 1

    def measure(self, kind: GaugeKind, value: int) -> None:
        """Take one reading of a gauge; its least and greatest of the window are told."""
        value = min(value, I32_MAX)
        low, high = self._gauges.get(kind, (value, value))
        self._gauges[kind] = min(low, value), max(high, value)

    @property
    def full(self) -> bool:
        """Whether the window holds as much as it can."""
        return self.samples >= WINDOW_SAMPLES_MAX

    @property
    def empty(self) -> bool:
        """Whether nothing at all was counted."""
        return self.samples == 0 and not any(self._counters.values())

    def age(self, now: float) -> float:
        """Return seconds since the window opened."""
        return now - self._opened_at

    def seal(self, *, now: float, boot_id: int, seq: int, flags: FrameFlags, dropped: int) -> Frame:
        """Return the window as a frame; the next window is open."""
        counts = self._counts
        for name, value in {**self._counters, "dropped_windows": dropped}.items():
            counts[self._schema.layout.counter(name)] = min(value, 2**32 - 1)
        frame = Frame(
            schema_id=self._schema.schema_id,
            boot_id=boot_id,
            seq=seq,
            t_open_s=int(self._opened_at),
            duration_s=max(int(now) - int(self._opened_at), 0),
            samples=self.samples,
            flags=flags,
            blob=pack_counts(counts),
            gauges=tuple(Gauge(int(kind), *ends) for kind, ends in sorted(self._gauges.items())),
        )
        self._open(now)
        return frame

    def _open(self, now: float) -> None:
        self._opened_at = now
        self.samples = 0
        self._counts = [0] * self._schema.layout.total
        self._counters = dict.fromkeys(COUNTERS, 0)
        self._gauges: dict[GaugeKind, tuple[int, int]] = {}

    def _count_features(self, tensor: bytes) -> None:
        features, layout = self._schema.features, self._schema.layout
        names = [feature.descriptor for feature in features]
        found = describe(tensor, self._manifest.inputs[0].shape, names)
        for index, (feature, value) in enumerate(zip(features, found, strict=True)):
            self._counts[layout.feature(index).start + feature.bin_of(value)] += 1

    def _count_prediction(self, output: bytes) -> None:
        values = array("b", output)
        best = predicted_class(values)
        place = self._schema.layout.confidence(best).start
        self._counts[place + confidence_bin(values[best])] += 1
