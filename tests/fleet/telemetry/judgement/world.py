"""Fleets with a known truth: counts of devices whose inputs depend on each other in time.

Eight features, four classes, confidence and errors; every inference is drawn, hour by hour, from
latent series with AR(1) from one inference to the next, unit offsets, day and night, weather.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

from device_agent.protocol.schema import COUNTERS, LATENCY_BUCKETS
from fleet.telemetry.judgement.layout import Columns, columns_of

FEATURES, BINS, CLASSES, CONFIDENCES = 8, 16, 4, 16
LATENTS = FEATURES + 2  # and what decides the class, and the confidence
CLASS, CONFIDENCE = FEATURES, FEATURES + 1
BIN_WIDTH, FIRST_EDGE = 0.4, -2.8  # sd
MEAN_CONFIDENCE, CONFIDENCE_SD = 0.8, 0.12


@dataclass(frozen=True)
class World:
    """How nature behaves; sizes in sd of one inference."""

    name: str
    ar: float = 0.0  # from one inference to the next
    offset: float = 0.0  # sd of what a device differs by for ever
    day: float = 0.0  # amplitude of day and night
    common_weather: float = 0.0  # sd of a draw a day, for all
    own_weather: float = 0.0  # sd of a slow wander of each device
    zones: bool = False  # each device has its own hour of midnight
    weekday: float = 0.0  # sd of a draw a weekday, for all
    own_weekday: float = 0.0  # the same, of each device
    loading: float = 0.0  # sd of how differently devices answer the day and the weather
    hourly_weather: float = 0.0  # sd of a wander of all devices from hour to hour
    ramp: float = 0.0  # sd a month, for all and for ever
    tails: bool = False  # inferences of Student's t with three degrees of freedom
    gusts: float = 0.0  # sd of a draw an hour of each device, Student's t with three degrees
    rates: float = 0.0  # spread (natural logarithm) of how many inferences a device makes
    idle: bool = False  # devices make a tenth of their inferences at night
    slips: float = 0.0  # chance an hour that a device restarts with a clock some hours wrong
    errors: float = 0.01


@dataclass(frozen=True)
class Harm:
    """What happens to some devices from an hour on: `kind` is shift, dead, mode, class,
    confidence, errors, wobble (a liar that says something else each hour) or ramp.
    """

    devices: tuple[int, ...]
    kind: str = "shift"
    size: float = 0.3
    start: int = 400
    feature: int = 0


INDEPENDENT = World("independent")
MILD = World("mild", 0.5, 0.1, 0.3)
AR8 = World("AR .8", 0.8, 0.1, 0.3)
OFFSET2 = World("offset .2", 0.5, 0.2, 0.3)
WEATHER = World("weather", 0.5, 0.1, 0.3, common_weather=0.3)
WORLDS = (INDEPENDENT, MILD, AR8, OFFSET2, WEATHER)


def columns() -> Columns:
    """The layout of the simulated schema."""
    return columns_of(
        [f"f{i}" for i in range(FEATURES)],
        [BINS] * FEATURES,
        [f"c{k}" for k in range(CLASSES)],
        confidence_bins=CONFIDENCES,
        latency_buckets=LATENCY_BUCKETS,
        counters=COUNTERS,
    )


@dataclass
class Simulation:
    """Hours of a fleet, one after the other."""

    world: World
    devices: int
    seed: int
    harms: tuple[Harm, ...] = ()
    rate: int = 60
    _random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)

    def hours(self, count: int) -> Iterator[np.ndarray]:
        """Yield (devices, total) of uint32 for each hour."""
        random, world = self._random, self.world
        latent = random.standard_normal((self.devices, LATENTS), np.float32)
        offsets = world.offset * random.standard_normal((self.devices, LATENTS))
        loads = random.choice([-1.0, 1.0], LATENTS) * random.uniform(0.7, 1.0, LATENTS)
        phase = random.uniform(0, 24, (self.devices, 1)) if world.zones else np.zeros((1, 1))
        weekdays = world.weekday * random.standard_normal((7, LATENTS))
        own = random.standard_normal((self.devices, LATENTS))
        common = random.standard_normal(LATENTS)
        rates = world.errors * random.uniform(0.5, 1.5, self.devices)
        keep = 0.7 ** (1 / 24)
        own_weekdays = world.own_weekday * random.standard_normal((7, *own.shape))
        answers = 1 + world.loading * random.standard_normal(own.shape)
        usual = np.exp(world.rates * random.standard_normal(self.devices)).clip(0.1, 1)
        drift = np.zeros(LATENTS)
        for hour in range(count):
            if hour % 24 == 0:
                common = 0.7 * common + np.sqrt(1 - 0.49) * random.standard_normal(LATENTS)
            if world.own_weather:
                wander = random.standard_normal(own.shape)
                own = keep * own + np.sqrt(1 - keep**2) * wander
            if world.slips:
                slipped = random.random((self.devices, 1)) < world.slips
                phase = np.where(slipped, random.uniform(-3, 3, (self.devices, 1)), phase)
            drift = 0.9 * drift + np.sqrt(1 - 0.81) * random.standard_normal(LATENTS)
            shared = world.day * loads * np.sin(2 * np.pi * (hour + phase) / 24)
            shared = shared + world.common_weather * common + world.hourly_weather * drift
            level = offsets + answers * shared + world.own_weather * own
            level = level + weekdays[hour // 24 % 7] + own_weekdays[hour // 24 % 7]
            level = level + world.ramp * hour / 720
            if world.gusts:
                level = level + world.gusts / np.sqrt(3) * random.standard_t(3, own.shape)
            night = 0.1 if world.idle and not 6 <= hour % 24 < 20 else 1.0
            made = np.maximum(np.round(self.rate * usual * night), 1).astype(int)
            yield self._hour(hour, latent, level, rates, made)

    def _hour(
        self,
        hour: int,
        latent: np.ndarray,
        level: np.ndarray,
        rates: np.ndarray,
        made: np.ndarray,
    ) -> np.ndarray:
        random, ar = self._random, np.float32(self.world.ar)
        level, fixed = self._harmed(hour, level)
        noise = random.standard_normal((self.rate, *latent.shape), np.float32)
        if self.world.tails:
            noise = (random.standard_t(3, noise.shape) / np.sqrt(3)).astype(np.float32)
        noise *= np.sqrt(1 - ar**2)
        for each in noise:
            latent *= ar
            latent += each
            each[:] = latent
        values = noise + level.astype(np.float32)
        self._modes(hour, values)
        values[:, fixed] = 0.0
        rows = np.zeros((self.devices, columns().total), np.uint32)
        counted = np.arange(self.rate)[:, None] < made
        self._features(rows, values, counted)
        self._classes(hour, rows, values, counted)
        rows[:, columns().latency.start + 8] = made
        chance = rates + self._extra(hour, "errors")
        rows[:, columns().errors] = random.binomial(made, np.clip(chance, 0, 1))
        return rows

    def _harmed(self, hour: int, level: np.ndarray) -> tuple[np.ndarray, list[int]]:
        level, fixed = level.copy(), []
        for harm in self.harms:
            if hour < harm.start:
                continue
            at = list(harm.devices)
            if harm.kind == "shift":
                level[at, harm.feature] += harm.size
            elif harm.kind == "ramp":  # sd a month
                level[at, harm.feature] += harm.size * (hour - harm.start) / 720
            elif harm.kind == "all":
                level[at] += harm.size
            elif harm.kind == "wobble":
                level[at] += harm.size * self._random.standard_normal((len(at), LATENTS))
            elif harm.kind == "confidence":
                level[at, CONFIDENCE] -= harm.size / CONFIDENCE_SD
            elif harm.kind == "dead":
                fixed += at
        return level, fixed

    def _modes(self, hour: int, values: np.ndarray) -> None:
        for harm in self.harms:
            if harm.kind == "mode" and hour >= harm.start:
                at = list(harm.devices)
                drawn = self._random.random((self.rate, len(at))) < 0.1
                part = values[:, at, harm.feature]
                values[:, at, harm.feature] = np.where(drawn, harm.size, part)

    def _features(self, rows: np.ndarray, values: np.ndarray, counted: np.ndarray) -> None:
        bins = np.floor((values[:, :, :FEATURES] - FIRST_EDGE) / BIN_WIDTH).astype(np.int64) + 1
        np.clip(bins, 0, BINS - 1, out=bins)
        place = np.arange(self.devices)[:, None] * FEATURES + np.arange(FEATURES)
        flat = (bins + place * BINS)[counted].ravel()
        size = self.devices * FEATURES * BINS
        found = np.bincount(flat, minlength=size).reshape(self.devices, -1)
        rows[:, : FEATURES * BINS] = found

    def _classes(
        self, hour: int, rows: np.ndarray, values: np.ndarray, counted: np.ndarray
    ) -> None:
        more = self._extra(hour, "class")  # share that class 0 gains
        edges = np.stack([class_edges(float(each)) for each in np.unique(more)])
        which = np.searchsorted(np.unique(more), more)
        value = values[:, :, CLASS]
        classes = sum((value > edges[which, k]).astype(np.int64) for k in range(3))
        sure = MEAN_CONFIDENCE + CONFIDENCE_SD * values[:, :, CONFIDENCE]
        bins = np.clip(np.floor(sure * CONFIDENCES).astype(np.int64), 0, CONFIDENCES - 1)
        place = np.arange(self.devices) * CLASSES
        flat = ((place + classes) * CONFIDENCES + bins)[counted].ravel()
        size = self.devices * CLASSES * CONFIDENCES
        found = np.bincount(flat, minlength=size).reshape(self.devices, -1)
        rows[:, columns().confidences] = found

    def _extra(self, hour: int, kind: str) -> np.ndarray:
        found = np.zeros(self.devices)
        for harm in self.harms:
            if harm.kind == kind and hour >= harm.start:
                found[list(harm.devices)] += harm.size
        return found


def class_edges(gain: float) -> np.ndarray:
    """Where the latent value leaves class 0, 1 and 2 when class 0 gains so much from the others."""
    shares = (0.25 + k / 4 + gain * (1 - k / 3) for k in range(CLASSES - 1))
    return np.array([NormalDist().inv_cdf(min(each, 0.999)) for each in shares])


def reference_counts(seed: int = 7) -> np.ndarray:
    """Counts of a validation set without offsets, day or weather."""
    row: np.ndarray = next(Simulation(World("reference"), 50, seed).hours(1)).sum(axis=0)
    return row.astype(np.float64)
