"""Filters of convolutions and dense layers.

Their sums, what can overflow, and how each loop wants them laid out.

Guarantees: a filter bank that this file accepts cannot overflow an accumulator, for any input; a
bank that it calls packable gives the exact result in the packed loops.
"""

from dataclasses import dataclass, replace

import numpy as np

from builds.compiler import limits
from builds.compiler.arithmetic.multiplier import Multiplier, scale_exactly
from builds.compiler.errors import Unsupported
from builds.compiler.graph import Op
from builds.compiler.operators.common.flavour import Flavour
from builds.compiler.operators.common.learned_value import learned_all
from builds.compiler.operators.common.lowered_op import Array, Integers, constant

PACKED_BIAS = 1 << 23  # the packed word keeps 24 bits of bias
_PACKED_SUM = 1 << 23  # the second filter of a pair is found in 24 bits
_QUARTER = Multiplier(1 << 30, -1)
_TWICE = 1 << 30  # the packed output stage doubles the accumulator


@dataclass(frozen=True)
class Bank:
    """Filters as a matrix of one row each, with the input's zero point already in the bias."""

    weights: Integers
    bias: Integers
    multipliers: tuple[Multiplier, ...]
    zero: int
    low: int
    high: int

    @property
    def filters(self) -> int:
        """Number of filters."""
        return int(self.weights.shape[0])

    @property
    def per_channel(self) -> int:
        """1 when each filter has its own multiplier, 0 when one serves all."""
        return 1 if len(self.multipliers) > 1 else 0

    @property
    def reach(self) -> Integers:
        """The largest magnitude that each filter's sum can have, its bias apart."""
        reach: Integers = np.abs(self.weights).sum(axis=1) * 128
        return reach


def make_bank(
    op: Op,
    weights: Integers,
    bias: Integers | None,
    multipliers: tuple[Multiplier, ...],
    zeros: tuple[int, int],
    clamp: tuple[int, int],
    *,
    apart: bool = False,
) -> Bank:
    """Fold the input's zero point into the bias, and prove that no accumulator overflows.

    With its weights apart, a bank has a multiplier for each filter, whatever the values are.
    """
    zero_in, zero_out = zeros
    plain = np.zeros(weights.shape[0], np.int64) if bias is None else bias
    folded = plain - zero_in * weights.sum(axis=1)
    bank = Bank(weights, folded, multipliers, zero_out, *clamp)
    # TFLM subtracts the zero point from each input, so its sums reach farther than ours.
    if int((np.abs(plain) + 2 * bank.reach).max(initial=0)) > limits.ACCUMULATOR:
        raise Unsupported(
            f"{op.label} can overflow its 32-bit sums; its bias or weights are too large."
        )
    settled = _settled(bank)
    return settled if apart else replace(settled, multipliers=_shared(settled.multipliers))


def plain_bank(
    op: Op, weights: Integers, bias: Integers | None, by: Multiplier, zero: int
) -> Integers:
    """Give the biases of filters whose sums are not clamped to int8, the zero point folded in."""
    plain = np.zeros(weights.shape[0], np.int64) if bias is None else bias
    reach = np.abs(weights).sum(axis=1) * 256
    if int((np.abs(plain) + reach).max(initial=0)) << max(by.shift, 0) > limits.ACCUMULATOR:
        raise Unsupported(
            f"{op.label} can overflow its 32-bit sums; its bias or weights are too large."
        )
    folded: Integers = plain - zero * weights.sum(axis=1)
    return folded


def _settled(bank: Bank) -> Bank:
    """Rewrite filters whose result no input changes.

    So that huge biases do not cost the fast loops.
    """
    weights, bias = bank.weights.copy(), bank.bias.copy()
    multipliers = list(bank.multipliers) * (bank.filters if len(bank.multipliers) == 1 else 1)
    settled = constant_outputs(bank)
    for i, value in settled.items():
        weights[i] = 0
        bias[i] = 4 * (value - bank.zero)
        multipliers[i] = _QUARTER
    return Bank(weights, bias, tuple(multipliers), bank.zero, bank.low, bank.high)


def constant_outputs(bank: Bank) -> dict[int, int]:
    """Find the filters that give the same output for every input, and that output."""
    found = {}
    step = 1 if len(bank.multipliers) > 1 else 0
    for i, (bias, reach) in enumerate(zip(bank.bias.tolist(), bank.reach.tolist(), strict=True)):
        by = bank.multipliers[i * step]
        if (bias + reach) << max(by.shift, 0) > limits.ACCUMULATOR or by.shift > 0:
            continue
        ends = {output_of(bias - reach, by, bank), output_of(bias + reach, by, bank)}
        if len(ends) == 1:
            found[i] = ends.pop()
    return found


def output_of(total: int, by: Multiplier, bank: Bank) -> int:
    """Give what an accumulator becomes, its bias included."""
    return min(max(scale_exactly(total, by) + bank.zero, bank.low), bank.high)


def _shared(multipliers: tuple[Multiplier, ...]) -> tuple[Multiplier, ...]:
    return multipliers[:1] if len(set(multipliers)) == 1 else multipliers


def packable(bank: Bank) -> bool:
    """Tell whether the packed output stage is exact for every filter."""
    rounding = abs(2 * bank.zero + 1)
    for i in range(bank.filters):
        m = bank.multipliers[i * bank.per_channel]
        right = -m.shift
        largest = int(bank.reach[i] + abs(bank.bias[i]))
        if not 1 <= right <= 31 or abs(int(bank.bias[i])) >= PACKED_BIAS or largest >= _TWICE:
            return False
        if (largest * m.value >> 31) + (rounding << (right - 1)) + 2 > limits.ACCUMULATOR:
            return False
    return True


def vectors_finish(bank: Bank, flavour: Flavour) -> bool:
    """Tell whether the output stage of vectors is exact: it leaves out shifts to the left.

    On hosts also a shift of zero, for there a shift is a product with a power of two.
    """
    highest = -1 if flavour is Flavour.VECTOR else 0
    return all(m.shift <= highest for m in bank.multipliers)


def pairable(weights: Integers) -> bool:
    """Tell whether filters may share words, a + 256 * b in 16 bits, with b's sum in 24 bits."""
    even, odd = _split(weights)
    halves = even + 256 * odd
    fits = bool((halves >= -32768).all() and (halves <= 32767).all())
    return fits and bool((np.abs(odd).sum(axis=1) * 128 < _PACKED_SUM).all())


def block4(weights: Integers) -> Integers:
    """Lay out four filters a turn, element by element; what is left over stays in rows."""
    whole = weights.shape[0] & ~3
    turns = weights[:whole].reshape(whole // 4, 4, weights.shape[1]).transpose(0, 2, 1)
    return np.concatenate([turns.reshape(-1), weights[whole:].reshape(-1)])


def paired_words(weights: Integers) -> Integers:
    """Lay out filters in pairs: word j of a pair holds elements 2j and 2j + 1 of both filters."""
    even, odd = _split(weights)
    halves = (even + 256 * odd) & 0xFFFF
    return (halves[:, 0::2] | (halves[:, 1::2] << 16)).reshape(-1)


def quad_words_dsp(weights: Integers) -> Integers:
    """Lay out four filters a turn, elements 0 2 and 1 3 of every four together.

    As SXTB16 unpacks inputs.
    """
    padded = _padded(weights, 4, 4)
    even, odd = _split(padded)
    halves = ((even + 256 * odd) & 0xFFFF).reshape(-1, 2, padded.shape[1] // 4, 4)
    words = np.stack(
        [halves[..., 0] | (halves[..., 2] << 16), halves[..., 1] | (halves[..., 3] << 16)], axis=-1
    )
    return words.transpose(0, 2, 1, 3).reshape(-1)


def quad_words_thumb1(weights: Integers) -> Integers:
    """Lay out four filters a turn: each word holds one element of all four."""
    even, odd = _split(_padded(weights, 4, 1))
    halves = ((even + 256 * odd) & 0xFFFF).reshape(-1, 2, weights.shape[1])
    return (halves[:, 0] | (halves[:, 1] << 16)).reshape(-1)


def padded_columns(weights: Integers, multiple: int) -> Integers:
    """Append zeros to every filter until its length is a multiple of `multiple`."""
    return _padded(weights, 1, multiple)


def _padded(weights: Integers, rows: int, columns: int) -> Integers:
    more = (-weights.shape[0] % rows, -weights.shape[1] % columns)
    return np.pad(weights, ((0, more[0]), (0, more[1])))


def _split(weights: Integers) -> tuple[Integers, Integers]:
    padded = _padded(weights, 2, 1)
    return padded[0::2], padded[1::2]


def pairs_with_constants(
    bank: Bank, groups: int, multiple: int, order: tuple[int, ...] = (0,)
) -> Integers:
    """Lay out a bank for loops over pairs of filters.

    Each pair's words, padded to `multiple` elements, come before its packed words and multipliers.
    `order` is that of the elements in each run of as many, which divides `multiple`.
    The last filter of an odd group is paired with zeros and has its constants twice.
    """
    padded = _padded(bank.weights, 1, multiple)
    places = np.arange(padded.shape[1]).reshape(-1, len(order))[:, list(order)].reshape(-1)
    padded = padded[:, places]
    constants = np.stack([packed_words(bank), multipliers_of(bank)], axis=1) & 0xFFFFFFFF
    parts = []
    for rows, pair in zip(np.split(padded, groups), np.split(constants, groups), strict=True):
        words = paired_words(rows).reshape(-1, padded.shape[1] // 2)
        even = np.pad(pair, ((0, len(pair) % 2), (0, 0)), mode="edge").reshape(-1, 4)
        parts.append(np.concatenate([words, even], axis=1).reshape(-1))
    return np.concatenate(parts)


def packed_words(bank: Bank) -> Integers:
    """Give each filter's bias above its right shift, less one, in one word."""
    shifts = np.array([-m.shift - 1 for m in bank.multipliers], np.int64)
    words: Integers = bank.bias * 256 + shifts
    return words


def multipliers_of(bank: Bank) -> Integers:
    """Give one multiplier a filter."""
    values = np.array([m.value for m in bank.multipliers], np.int64)
    return np.broadcast_to(values, (bank.filters,))


def output_arrays(bank: Bank, name: str, flavour: Flavour) -> tuple[Array, ...]:
    """Make the constants of the output stage; what all filters share is there for every lane."""
    shared = bank.multipliers * (1 if bank.per_channel else flavour.lanes)
    if flavour is Flavour.VECTOR:
        return _whole_vectors(bank.bias, shared, name)
    multipliers = constant(f"{name}_multiplier", "int32_t", [m.value for m in shared])
    if flavour.packs:
        return constant(f"{name}_packed", "int32_t", packed_words(bank)), multipliers
    bias = constant(f"{name}_bias", "int32_t", bank.bias)
    return bias, multipliers, constant(f"{name}_shift", "int8_t", [m.shift for m in shared])


def _whole_vectors(bias: Integers, by: tuple[Multiplier, ...], name: str) -> tuple[Array, ...]:
    """Make tables of which a whole vector can be read from any channel on."""
    tables = {
        "bias": bias.tolist(),
        "multiplier": [m.value for m in by],
        "power": [1 << (31 + m.shift) for m in by],
    }
    more = [0] * (Flavour.VECTOR.lanes - 1)
    return tuple(
        constant(f"{name}_{kind}", "int32_t", [*values, *more]) for kind, values in tables.items()
    )


def output_members(bank: Bank, name: str, flavour: Flavour) -> str:
    """Print the output stage's initializer."""
    zero = 2 * bank.zero + 1 if flavour.packs else bank.zero
    last = "power" if flavour is Flavour.VECTOR else "shift"
    arrays = [f"{name}_bias", f"{name}_multiplier", f"{name}_{last}"]
    if flavour.packs:
        arrays = [f"{name}_packed", f"{name}_multiplier"]
    numbers = [str(bank.per_channel), *learned_all((zero, bank.low, bank.high))]
    return "{" + ", ".join([*arrays, *numbers]) + "}"
