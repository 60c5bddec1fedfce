"""Which device comes when: an order that anyone can recompute, and the sizes of the waves."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice, pairwise
from types import MappingProxyType
from typing import Final

from ota.engine.rules import WaveRule

NOBODY: Final[Mapping[int, int]] = MappingProxyType({})  # is named by a wave's query


def device_order(
    rollout: str, devices: Iterable[str], rested: Collection[str] = frozenset()
) -> list[str]:
    """Return a shuffle that depends on the rollout alone, so no device is always the canary; those
    that went first the last time (`rested`) come after the others.
    """
    return sorted(devices, key=lambda name: (name in rested, _rank(rollout, name), name))


def spread(order: Sequence[str], values: Mapping[str, Sequence[str]], depth: int = 0) -> list[str]:
    """Return the order with no value of a label twice before all of them came once.

    `values` has the labels' values of each device, the most important label first: within one
    value, the next label is spread in the same way.
    """
    if not order or depth >= len(values[order[0]]):
        return list(order)
    shares: dict[str, list[str]] = {}
    for name in order:
        shares.setdefault(values[name][depth], []).append(name)
    inner = (spread(share, values, depth + 1) for share in shares.values())
    turn = {name: at for share in inner for at, name in enumerate(share)}
    place = {name: at for at, name in enumerate(order)}
    first = {value: place[share[0]] for value, share in shares.items()}
    # Within a turn, values keep the order in which they were drawn.
    return sorted(order, key=lambda name: (turn[name], first[values[name][depth]]))


def _rank(rollout: str, device: str) -> bytes:
    return hashlib.sha256(f"{rollout}\0{device}".encode()).digest()


def wave_ends(
    devices: int, waves: Sequence[WaveRule], named: Mapping[int, int] = NOBODY
) -> list[int]:
    """Cumulative device counts: rounded up, so that a canary of a small group is not empty.

    `named` has how many of the devices each wave's query names. In a group too small for its
    minimums the last waves stay empty.
    """
    ends, end, free = [], 0, devices - sum(named.values())
    for at, wave in enumerate(waves):
        more = named.get(at, 0) if wave.query else min(_more(devices, wave, end), free)
        end, free = end + more, free if wave.query else free - more
        ends.append(end)
    return ends


def _more(devices: int, wave: WaveRule, before: int) -> int:
    """Return how many devices a wave without a query wants beside those of the waves before."""
    if wave.count is not None:
        return wave.count
    share = -(-devices * (wave.share_percent or 0) // 100)
    return max(0, max(share, wave.min_devices) - before)


def arranged(order: Sequence[str], ends: Sequence[int], named: Mapping[str, int]) -> list[str]:
    """Return the order with each device that a query names among those of its wave."""
    if not named:
        return list(order)
    waves: dict[int, list[str]] = {}
    for name in order:
        if name in named:
            waves.setdefault(named[name], []).append(name)
    others, found = (name for name in order if name not in named), list[str]()
    for at, (begin, end) in enumerate(pairwise([0, *ends])):
        found += waves.get(at) or islice(others, end - begin)
    return found


def wave_of(position: int, ends: Sequence[int]) -> int:
    """Return the wave of the device at this position of the order."""
    return next(index for index, end in enumerate(ends) if position < end)
