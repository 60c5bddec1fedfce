import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.verify import Interface, TensorSlot, VerifyError, golden_inputs

OUT = (TensorSlot("out", "int8", (1,), 1.0, 0),)


def one(dtype: str, *shape: int, zero_point: int = 0) -> Interface:
    return Interface((TensorSlot("in", dtype, shape, 0.5, zero_point),), OUT)


def test_the_bytes_are_pinned() -> None:
    vectors = golden_inputs(one("int8", 1, 49, 10, 1, zero_point=83), vectors=10)
    digest = hashlib.sha256(b"".join(vectors)).hexdigest()
    assert digest == "a7b89f83e5b2ae8ac31590f2aec91def5e8a7511600612af6f106cfcf447b672"


def test_fewer_vectors_are_the_first_of_more() -> None:
    interface = one("int8", 100)
    assert golden_inputs(interface, vectors=12)[:5] == golden_inputs(interface, vectors=5)


def test_another_seed_gives_other_random_vectors_and_the_same_extremes() -> None:
    one_seed = golden_inputs(one("int8", 64), vectors=6, seed=1)
    other = golden_inputs(one("int8", 64), vectors=6, seed=2)
    assert one_seed[0] != other[0]
    assert one_seed[1:5] == other[1:5]


def test_extremes_and_zero_point_are_there() -> None:
    vectors = golden_inputs(one("int8", 8, zero_point=-3), vectors=5)
    assert vectors[1] == b"\x80" * 8
    assert vectors[2] == b"\x7f" * 8
    assert vectors[3] == b"\xfd" * 8
    assert np.frombuffer(vectors[4], np.int8).tolist() == list(range(-128, -120))


def test_a_zero_point_outside_the_type_is_clamped() -> None:
    assert golden_inputs(one("int8", 2, zero_point=500), vectors=4)[3] == b"\x7f\x7f"


def test_values_near_the_zero_point_stay_near() -> None:
    vector = np.frombuffer(golden_inputs(one("int8", 500, zero_point=10), vectors=6)[5], np.int8)
    assert set(vector.tolist()) == set(range(7, 14))


def test_inputs_follow_one_another() -> None:
    slots = (TensorSlot("a", "int8", (3,), 1.0, 0), TensorSlot("b", "int16", (2,), 1.0, 0))
    vectors = golden_inputs(Interface(slots, OUT), vectors=3)
    assert vectors[1] == b"\x80" * 3 + b"\x00\x80" * 2
    assert all(len(vector) == 7 for vector in vectors)


def test_two_inputs_of_one_shape_differ() -> None:
    slots = (TensorSlot("a", "int8", (32,), 1.0, 0), TensorSlot("b", "int8", (32,), 1.0, 0))
    vector = golden_inputs(Interface(slots, OUT), vectors=1)[0]
    assert vector[:32] != vector[32:]


def test_floats_are_finite_and_cover_both_signs() -> None:
    vectors = golden_inputs(one("float32", 200), vectors=9)
    values = [np.frombuffer(vector, "<f4") for vector in vectors]
    assert all(np.isfinite(value).all() for value in values)
    assert values[0].min() < 0 < values[0].max()
    assert values[1].tolist() == [-1000.0] * 200
    assert not values[3].any()


def test_truths_are_zero_or_one() -> None:
    vector = golden_inputs(one("bool", 100), vectors=1)[0]
    assert set(vector) == {0, 1}


def test_indices_are_small_enough_to_use() -> None:
    assert golden_inputs(one("int32", 3), vectors=1)[0] == bytes(12)


@pytest.mark.parametrize("count", [0, -1, 10_001])
def test_the_number_of_vectors_is_bounded(count: int) -> None:
    with pytest.raises(VerifyError, match="1 to 10000"):
        golden_inputs(one("int8", 1), vectors=count)


@given(
    st.sampled_from(["int8", "uint8", "int16", "int32", "int64", "float32", "bool"]),
    st.lists(st.integers(1, 9), max_size=4),
    st.integers(1, 20),
    st.integers(-200, 200),
)
def test_every_vector_has_the_size_of_the_inputs(
    dtype: str, shape: list[int], count: int, zero_point: int
) -> None:
    interface = one(dtype, *shape, zero_point=zero_point)
    vectors = golden_inputs(interface, vectors=count)
    assert len(vectors) == count
    assert {len(vector) for vector in vectors} == set(interface.input_bytes)
