"""Which device comes when: an order that anyone can recompute, and the sizes of the waves."""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import accumulate

from ota.engine.rules import WaveRule


def device_order(rollout: str, devices: Iterable[str]) -> list[str]:
    """Return a shuffle that depends on the rollout alone, so no device is always the canary."""
    return sorted(devices, key=lambda device: (_rank(rollout, device), device))


def _rank(rollout: str, device: str) -> bytes:
    return hashlib.sha256(f"{rollout}\0{device}".encode()).digest()


def wave_ends(devices: int, waves: Sequence[WaveRule]) -> list[int]:
    """Cumulative device counts: rounded up, so that a canary of a small group is not empty.

    In a group too small for its minimums the last waves stay empty.
    """
    wanted = (max(-(-devices * wave.share_percent // 100), wave.min_devices) for wave in waves)
    return [min(end, devices) for end in accumulate(wanted, max)]


def wave_of(position: int, ends: Sequence[int]) -> int:
    """Return the wave of the device at this position of the order."""
    return next(index for index, end in enumerate(ends) if position < end)
