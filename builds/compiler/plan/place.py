"""Offsets for the blocks of a memory problem, and the bound that no plan can beat.

Guarantees: two blocks overlap only if they never live together or their overlap was shown to be
safe; the search is the same on every machine; a peak equal to the bound is optimal.
"""

import random
from collections.abc import Mapping, Sequence

from builds.compiler.operators.common.lowered_op import Reuse
from builds.compiler.plan.problem import Piece, Problem, align

_MANY = 400  # blocks beyond which only two orders are tried: each takes a second or more
_WORK = 400_000  # pairs of blocks that a search may look at


def lower_bound(problem: Problem) -> int:
    """Find the least memory that the busiest step needs, overlaps counted."""
    return max((_step_bound(problem, n) for n in range(-1, problem.steps + 1)), default=0)


def _step_bound(problem: Problem, step: int) -> int:
    live = [b for b in problem.blocks if b.first <= step <= b.last]
    total = sum(b.size for b in live)
    sizes = {b.key: b.size for b in live}
    saved = 0
    for (source, target), reuse in problem.reuse.items():
        if source in sizes and target in sizes:
            both = sizes[source] + sizes[target]
            saved = max(saved, both - _union(sizes[source], sizes[target], reuse))
    return total - saved


def _union(source: int, target: int, reuse: Reuse) -> int:
    """Find the smallest span of two blocks that overlap as much as is safe."""
    spans = [source + target]
    if reuse.forward is not None:
        spans.append(_span(source, target, min(0, _down(reuse.forward))))
    if reuse.backward is not None:
        spans.append(_span(source, target, max(0, align(reuse.backward))))
    return min(spans)


def _span(source: int, target: int, offset: int) -> int:
    return max(source, offset + target) - min(0, offset)


def _down(value: int) -> int:
    return -align(-value)


def place(problem: Problem) -> dict[int, int]:
    """Give every block an offset; the best of several orders, searched until the bound is met."""
    bound = lower_bound(problem)
    best: dict[int, int] = {}
    peak = -1
    for order in _orders(problem.blocks):
        offsets = _place_in_order(order, problem.reuse)
        found = peak_of(problem, offsets)
        if peak < 0 or found < peak:
            best, peak = offsets, found
        if peak <= bound:
            break
    return best


def peak_of(problem: Problem, offsets: Mapping[int, int]) -> int:
    """Give the end of the highest block."""
    return max((offsets[b.key] + b.size for b in problem.blocks), default=0)


def _orders(blocks: Sequence[Piece]) -> list[list[Piece]]:
    orders = [
        sorted(blocks, key=lambda b: (-b.size, b.first, b.key)),
        sorted(blocks, key=lambda b: (-b.size, -b.first, b.key)),
        sorted(blocks, key=lambda b: (-b.size * (b.last - b.first + 1), b.key)),
        sorted(blocks, key=lambda b: (b.first, -b.size, b.key)),
        sorted(blocks, key=lambda b: (-b.last, -b.size, b.key)),
    ]
    if len(blocks) > _MANY:
        return orders[:2]
    # A fixed seed: equal inputs must give equal plans.
    dice = random.Random(1)  # noqa: S311
    tries = min(400, _WORK // (len(blocks) ** 2 + 1))
    orders += [_shaken(orders[i % 2], dice) for i in range(tries)]
    return orders


def _shaken(order: Sequence[Piece], dice: random.Random) -> list[Piece]:
    keyed = [(position + dice.gauss(0, 3), b.key, b) for position, b in enumerate(order)]
    return [b for _, _, b in sorted(keyed, key=lambda item: item[:2])]


def _place_in_order(
    order: Sequence[Piece], reuse: Mapping[tuple[int, int], Reuse]
) -> dict[int, int]:
    placed: list[tuple[Piece, int]] = []
    for block in order:
        near = [(b, o) for b, o in placed if b.first <= block.last and block.first <= b.last]
        offsets = sorted(_candidates(block, near, reuse))
        offset = next(c for c in offsets if _fits(block, c, near, reuse))
        placed.append((block, offset))
    return {b.key: o for b, o in placed}


def _candidates(
    block: Piece,
    near: Sequence[tuple[Piece, int]],
    reuse: Mapping[tuple[int, int], Reuse],
) -> set[int]:
    found = {0}
    for other, offset in near:
        found |= {offset + other.size, offset - block.size}
        as_target = reuse.get((other.key, block.key))
        if as_target:
            found |= {offset + (as_target.forward or 0), offset + (as_target.backward or 0)}
        as_source = reuse.get((block.key, other.key))
        if as_source:
            found |= {offset - (as_source.forward or 0), offset - (as_source.backward or 0)}
    return {up for up in (align(c, block.alignment) for c in found) if up >= 0} | {
        down for down in (-align(-c, block.alignment) for c in found) if down >= 0
    }


def _fits(
    block: Piece,
    offset: int,
    near: Sequence[tuple[Piece, int]],
    reuse: Mapping[tuple[int, int], Reuse],
) -> bool:
    for other, at in near:
        if offset + block.size <= at or at + other.size <= offset:
            continue
        as_target, as_source = reuse.get((other.key, block.key)), reuse.get((block.key, other.key))
        if as_target and direction(as_target, at, offset):
            continue
        if as_source and direction(as_source, offset, at):
            continue
        return False
    return True


def direction(reuse: Reuse, source: int, target: int) -> str | None:
    """Tell in which order pixels must be taken for this overlap.

    `forward`, `backward`, or None for neither.
    """
    if (target - source) % reuse.multiple:
        return None
    if reuse.forward is not None and target <= source + reuse.forward:
        return "forward"
    if reuse.backward is not None and target >= source + reuse.backward:
        return "backward"
    return None
