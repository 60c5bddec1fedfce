"""Filters whose bias is too large for the fast loops, where a smaller one gives the same outputs.

Such a filter hardly hears its inputs: its sum moves by so little, beside its bias, that it gives
one of two neighbouring outputs. All that counts is the sum at which the one becomes the other, so
bias and multiplier may be any that put the step there. Two trainings of a network differ in which
filters end like this; without the rewrite they would differ in their loops.

Guarantees: for every input a rewritten filter gives the byte that it gave before.
"""

from dataclasses import replace

from builds.compiler.arithmetic.multiplier import Multiplier
from builds.compiler.operators.filters.weights.banks import PACKED_BIAS, Bank, output_of

_STEPS = 8  # doublings of the multiplier that are tried


def with_lighter_biases(bank: Bank) -> Bank:
    """Rewrite each filter that can be; the others stay, and with them the bank's portable loop."""
    bias, multipliers = bank.bias.copy(), list(bank.multipliers)
    for i in range(bank.filters):
        if abs(int(bias[i])) >= PACKED_BIAS:
            found = _lighter(bank, i)
            if found is not None:
                bias[i], multipliers[i] = found
    return replace(bank, bias=bias, multipliers=tuple(multipliers))


def _lighter(bank: Bank, i: int) -> tuple[int, Multiplier] | None:
    """Give another bias and multiplier of a filter, or None when its outputs are not two."""
    by, bias, reach = bank.multipliers[i], int(bank.bias[i]), int(bank.reach[i])
    low, high = (output_of(bias + end, by, bank) for end in (-reach, reach))
    if by.shift > 0 or high != low + 1:
        return None
    step = _first(bank, by, high, bias - reach, bias + reach) - bias
    for doublings in range(1, min(_STEPS, -by.shift - 1) + 1):
        steeper = Multiplier(by.value, by.shift + doublings)
        place = bias >> doublings
        spread = abs(place) // 2 + 2 * reach + 2
        if output_of(place - spread, steeper, bank) >= high:
            continue
        lighter = _first(bank, steeper, high, place - spread, place + spread) - step
        ends = tuple(output_of(lighter + end, steeper, bank) for end in (-reach, reach))
        if abs(lighter) < PACKED_BIAS and ends == (low, high):
            return lighter, steeper
    return None


def _first(bank: Bank, by: Multiplier, wanted: int, least: int, most: int) -> int:
    """Find the least sum with at least this output; outputs never fall when the sum grows."""
    while least < most:
        middle = (least + most) // 2
        if output_of(middle, by, bank) >= wanted:
            most = middle
        else:
            least = middle + 1
    return least
