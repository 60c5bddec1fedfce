"""Where the healthy variance comes from, measured on the fleet itself: noise within the day (with
the dependence inside an hour), offsets, own loading on the common mode, own season, slow weather.

Guarantees: nothing is assumed of how inferences depend on each other; a device that behaves unlike
all others counts for at most CAP median devices.
"""

from dataclasses import dataclass

import numpy as np

from fleet.telemetry.judgement import limits
from fleet.telemetry.judgement.common import mean_known
from fleet.telemetry.judgement.layout import Reals

CAP = 10.0  # medians of a squared statistic
LAGS = (1, 2, 3)  # days
HARMONICS = 4  # coefficients taken off before the noise is measured


@dataclass(frozen=True)
class Components:
    """Variances by channel in squared score units; `noise` is (devices, channels)."""

    noise: Reals
    offset: Reals
    loading: Reals
    season: Reals
    wander: Reals
    rho: Reals  # correlation of the wander from day to day


@dataclass(frozen=True)
class Past:
    """Scores of the first days: (steps, devices, channels), NaN where nothing was reported."""

    residuals: Reals  # scores without the common mode
    inflation: Reals  # how much larger than usual each variance is
    mode: Reals  # (steps, channels): the common mode about its mean
    waves: Reals  # (steps, 2)
    floor: Reals  # (channels): least noise there can be
    step_hours: float
    peers: bool  # a common mode was taken off
    trusted_steps: int = limits.LEARN_STEPS  # from which own slow weather is as measured


def components(past: Past) -> Components:
    """Return what the variance is made of; with little past, cautious assumptions."""
    day = _day_steps(past.step_hours)
    seen = past.residuals
    slopes, slope_noise = _slopes(past)
    calm, seasons = _without_season(seen - slopes * past.mode[:, None, :], past.waves)
    scaled = calm / np.sqrt(past.inflation)
    own = _within_day(scaled, day)
    noise = np.maximum(np.maximum(capped_mean(own), _by_blocks(scaled, day)), past.floor)
    daily = _daily(calm, day)
    wander, rho = _wander(daily, noise / day) if len(daily) > max(LAGS) else _assumed(noise)
    length = max(len(seen), 1)
    offsets = capped_mean(mean_known(daily) ** 2) - noise / length - wander / 2
    loading = capped_mean(slopes[0] ** 2) - noise * (1 + day * wander / noise) * slope_noise
    season = capped_mean((seasons**2).mean(axis=0)) - 2 * noise / length - 0.02 * wander
    return _guarded(past, own, noise, Components(noise, offsets, loading, season, wander, rho))


def _guarded(past: Past, own: Reals, noise: Reals, raw: Components) -> Components:
    steps = len(past.residuals)
    trusted = steps >= limits.TRUSTED_STEPS
    # Long steps see many days before they are as many as the hours of a week.
    week = trusted and steps * past.step_hours >= limits.LEARN_STEPS
    whole = week or steps >= past.trusted_steps
    least = limits.OFFSET_MIN if trusted else limits.PRIOR_OFFSET
    seasonal = limits.PRIOR_SEASON if past.peers else limits.LONE_SEASON
    season = raw.season if steps >= 2 * limits.DAY else np.full_like(noise, seasonal)
    known = np.isfinite(past.residuals).sum(axis=0)
    freedom = np.maximum(known - steps // limits.DAY - 1, 0)  # of a device's own hours
    own = np.where(np.isfinite(own), own, noise)
    own = np.minimum(own, limits.NOISE_RATIO_MAX * noise)
    strength = limits.POOL_STRENGTH
    return Components(
        noise=np.maximum((strength * noise + freedom * own) / (strength + freedom), past.floor),
        offset=np.maximum(raw.offset, least),
        loading=np.clip(raw.loading if trusted else limits.PRIOR_LOADING, 0, limits.LOADING_MAX)
        * np.ones_like(noise),
        season=np.clip(season, 0.0, 1.0),
        wander=raw.wander if whole else np.maximum(raw.wander, limits.PRIOR_WANDER[0]),
        rho=raw.rho if whole else np.full_like(noise, limits.PRIOR_WANDER[1]),
    )


def capped_mean(values: Reals) -> Reals:
    """Return the mean over devices, each bounded by CAP medians, so that nobody rules it."""
    known = np.where(np.isfinite(values), values, np.nan)
    if not np.isfinite(known).any():
        return np.zeros(values.shape[1:])
    middle = np.nanmedian(np.where(np.isnan(known).all(axis=0), 0.0, known), axis=0)
    return mean_known(np.minimum(np.where(np.isnan(known).all(axis=0), 0.0, known), CAP * middle))


def _day_steps(step_hours: float) -> int:
    return max(round(limits.DAY / step_hours), 4)


def _slopes(past: Past) -> tuple[Reals, Reals]:
    """Each device's regression on the common mode: (1, devices, channels), and 1 / sum c^2."""
    mode = past.mode[:, None, :]
    power = (past.mode**2).sum(axis=0)
    centred = past.residuals - mean_known(past.residuals)
    usable = power > 1e-6 * len(past.mode)
    raw = np.nansum(centred * mode, axis=0) / np.where(usable, power, 1.0)
    slopes = np.where(usable, np.clip(raw, -1, 1), 0.0)
    return slopes[None], np.where(usable, 1 / np.where(usable, power, 1.0), 0.0)


def _without_season(values: Reals, waves: Reals) -> tuple[Reals, Reals]:
    """Take off each device's own day (24 and 12 h); also return its 24 h coefficients."""
    steps = len(values)
    if steps < 2 * limits.DAY or not waves.any():
        return values, np.zeros((2, *values.shape[1:]))
    sine, cosine = waves[:, 0], waves[:, 1]
    basis = (sine, cosine, 2 * sine * cosine, cosine**2 - sine**2)
    centred = values - mean_known(values)
    found = np.stack([2 * mean_known(centred * wave[:, None, None]) for wave in basis])
    found = np.where(np.isfinite(found), found, 0.0)
    rest = values - sum(wave[:, None, None] * each for wave, each in zip(basis, found, strict=True))
    return np.asarray(rest * np.sqrt(steps / (steps - HARMONICS))), found[:2]


def _within_day(values: Reals, day: int) -> Reals:
    """Mean over days of the variance within a day: (devices, channels)."""
    days = _cut(values, day)
    known = np.isfinite(days).sum(axis=1)
    centred = days - mean_known(days, axis=1)[:, None]
    spread = np.nansum(centred**2, axis=1)
    freedom = np.maximum(known - 1, 0).sum(axis=0)
    return np.asarray(np.where(freedom > 0, spread.sum(axis=0) / np.maximum(freedom, 1), np.nan))


def _by_blocks(values: Reals, day: int) -> Reals:
    """The noise as quarters of a day see it: larger where steps depend on each other."""
    size = max(day // 4, 1)
    blocks = mean_known(_cut(values, size), axis=1)
    return np.asarray(size * capped_mean(_within_day(blocks, 4)))


def _daily(values: Reals, day: int) -> Reals:
    return mean_known(_cut(values, day), axis=1)


def _cut(values: Reals, size: int) -> Reals:
    whole = max(len(values) // size, 1)
    part = values[: whole * size]
    return part.reshape(whole, -1, *values.shape[1:])


def _assumed(noise: Reals) -> tuple[Reals, Reals]:
    return tuple(np.full_like(noise, each) for each in limits.PRIOR_WANDER)  # type: ignore[return-value]


def _wander(daily: Reals, day_noise: Reals) -> tuple[Reals, Reals]:
    """Fit the variogram of daily means: noise + wander (1 - rho^lag), by least squares."""
    devices, days = daily.shape[1], len(daily)
    measured, weights = [], []
    for lag in LAGS:
        squares = (daily[lag:] - daily[:-lag]) ** 2 / 2
        measured.append(capped_mean(mean_known(squares)) - day_noise)
        weights.append(devices * (days - lag) / (3 * np.maximum(day_noise, 1e-12) ** 2))
    gaps, weight = np.stack(measured), np.stack(weights)
    best_error = np.full(day_noise.shape, np.inf)
    best, best_rho = np.zeros_like(day_noise), np.full_like(day_noise, limits.PRIOR_WANDER[1])
    for rho in limits.RHO_GRID:
        shape = (1 - rho ** np.array(LAGS))[:, None]
        size = np.maximum((weight * gaps * shape).sum(0) / (weight * shape**2).sum(0), 0.0)
        error = (weight * (gaps - size * shape) ** 2).sum(0)
        better = error < best_error
        best = np.where(better, size, best)
        best_rho = np.where(better, rho, best_rho)
        best_error = np.where(better, error, best_error)
    return best, best_rho
