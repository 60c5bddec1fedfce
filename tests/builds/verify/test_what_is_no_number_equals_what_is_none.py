"""Real outputs are compared bit by bit, except that processors make NaN of many kinds."""

import numpy as np

from builds.verify.interface import Interface, TensorSlot
from builds.verify.reals import are_numbers, canonical, real_proof, reals_json

REAL = TensorSlot("real", "float32", (3,), 0.0, 0)
WHOLE = TensorSlot("whole", "int8", (4,), 0.1, 0)
INTERFACE = Interface((), (WHOLE, REAL))
POSITIVE, NEGATIVE = 0x7FC00000, 0xFFC00001


def outputs(*bits: int) -> bytes:
    """Put integers that look like a NaN before real numbers with these bits."""
    return b"\x01\x00\xc0\xff" + np.asarray(bits, "<u4").tobytes()


def test_every_nan_is_one() -> None:
    one, other = (canonical(INTERFACE, outputs(1, nan, 2)) for nan in (POSITIVE, NEGATIVE))
    assert one == other
    assert one != canonical(INTERFACE, outputs(1, 0x7F800000, 2))


def test_all_else_keeps_its_bits() -> None:
    for bits in ((0x80000000, 0, 1), (0x7F800000, 0xFF800000, 0x3F800000)):
        assert canonical(INTERFACE, outputs(*bits)) == outputs(*bits)
    assert canonical(INTERFACE, outputs(0, 0, 0)) != canonical(INTERFACE, outputs(0x80000000, 0, 0))


def test_integers_are_never_taken_for_real_numbers() -> None:
    assert canonical(INTERFACE, outputs(POSITIVE, 0, 0))[:4] == outputs()


def test_outputs_with_a_nan_are_no_golden_ones() -> None:
    assert are_numbers(INTERFACE, outputs(0x7F800000, 0, 0))
    assert not are_numbers(INTERFACE, outputs(0, NEGATIVE, 0))


def test_the_distance_of_a_c_library_is_the_largest_of_all() -> None:
    ours, theirs = outputs(0x3F800000, 0, 0), outputs(0x3F800001, 0, POSITIVE)
    found = real_proof(INTERFACE, ["expf"], [(ours, ours), (ours, theirs)])
    assert found.c_library_difference == 2.0**-23
    assert real_proof(INTERFACE, [], []).c_library_difference is None
    assert reals_json(None) is None
