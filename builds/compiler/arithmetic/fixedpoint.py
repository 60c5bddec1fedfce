"""The fixed-point functions of TFLM, on Python integers.

What tables are filled from at compile time.

Names follow the arithmetic, not its origin: Q4.27 is four integer bits and 27 fraction bits of an
int32.
"""

import math

INT16 = (-(1 << 15), (1 << 15) - 1)
INT32 = (-(1 << 31), (1 << 31) - 1)
_STEPS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)


def saturate(value: int, limits: tuple[int, int]) -> int:
    """Clamp to a range of integers."""
    return min(max(value, limits[0]), limits[1])


def divide_round(value: int, right: int) -> int:
    """Divide by 2^right, halves away from zero."""
    if right == 0:
        return value
    return (value + (1 << (right - 1)) - (1 if value < 0 else 0)) >> right


def high_multiply(a: int, b: int) -> int:
    """Give a * b / 2^31, rounded, as an int32."""
    return saturate((a * b + (1 << 30)) >> 31, INT32)


def high_multiply16(a: int, b: int) -> int:
    """Give a * b / 2^15, halves away from zero, as an int16."""
    product = a * b
    nudged = product + ((1 << 14) if product >= 0 else 1 - (1 << 14))
    return saturate(_toward_zero(nudged, 15), INT16)


def high_multiply16_truncating(a: int, b: int) -> int:
    """Give a * b / 2^15, cut toward zero, as an int16."""
    return saturate(_toward_zero(a * b, 15), INT16)


def _toward_zero(value: int, right: int) -> int:
    return value >> right if value >= 0 else -(-value >> right)


def exponential(value: int, integer_bits: int) -> int:
    """Give exp(value) in Q0.31 for value <= 0 with so many integer bits."""
    if value == 0:
        return INT32[1]
    fraction = 31 - integer_bits
    quarter = 1 << (fraction - 2)
    reduced = (value & (quarter - 1)) - quarter
    rest = reduced - value
    x = (reduced << integer_bits) + (1 << 28)
    x2 = high_multiply(x, x)
    x3, x4 = high_multiply(x2, x), high_multiply(x2, x2)
    tail = divide_round(high_multiply(divide_round(x4, 2) + x3, 715827883) + x2, 1)
    result = 1895147668 + high_multiply(1895147668, x + tail)
    for exponent, step in zip(range(-2, integer_bits), _STEPS, strict=False):
        if rest & (1 << (fraction + exponent)):
            result = high_multiply(result, step)
    return result


def _newton(value: int) -> int:
    """Give 2 / (1 + value) in Q2.29, for value in Q0.31 between 0 and 1."""
    half = (value + INT32[1] + 1) // 2
    x = 1515870810 + high_multiply(half, -1010580540)
    for _ in range(3):
        error = (1 << 29) - high_multiply(half, x)
        x += saturate(high_multiply(x, error) << 2, INT32)
    return x


def logistic(value: int) -> int:
    """Give 1 / (1 + exp(-value)) in Q0.31, for value in Q4.27."""
    if value == 0:
        return 1 << 30
    positive = saturate(_newton(exponential(-abs(value), 4)) << 1, INT32)
    return positive if value > 0 else INT32[1] - positive


def tanh(value: int) -> int:
    """Give tanh(value) in Q0.31, for value in Q4.27."""
    if value == 0:
        return 0
    size = saturate((_newton(exponential(-abs(value), 5)) - (1 << 29)) << 2, INT32)
    return size if value > 0 else -size


def inverse_root(square: int) -> tuple[int, int]:
    """Give 1 / sqrt(square) as (value, shift): value * 2^(shift - 31), by five steps of Newton."""
    if square <= 1:
        return INT32[1], 0
    right = 11
    while square >= 1 << 29:
        square, right = square >> 2, right + 1
    while square < 1 << 27:
        square, right = square << 2, right - 1
    half, x = divide_round(square >> 1, 1), 1 << 28
    for _ in range(5):
        cube = saturate(high_multiply(high_multiply(x, x), x) << 6, INT32)
        x = saturate((high_multiply(3 << 27, x) - high_multiply(half, cube)) << 3, INT32)
    x = high_multiply(x, 1518500250)
    return (x << -right, 0) if right < 0 else (x, -right)


# TFLM's table was tuned for linear interpolation: these entries lie one above the nearest integer.
_RAISED = frozenset(
    int(n)
    for n in (
        "4 8 12 14 15 16 17 19 20 21 22 25 27 28 29 30 31 33 34 35 37 39 40 41 43 44 45 46 49 50 "
        "54 62 63 64 66 82 86 93 100 103 112 116 135 255"
    ).split()
)


def sigmoid_table() -> list[int]:
    """Give sigmoid(i / 24) in 16 fraction bits, for i from 0 to 255."""
    exact = [65536.0 / (1.0 + math.exp(-i / 24.0)) for i in range(256)]
    return [round(value) + (i in _RAISED) for i, value in enumerate(exact)]
