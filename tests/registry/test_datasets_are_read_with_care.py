"""A `.npz` is taken only when it is what the contract says, and nothing in it is ever executed."""

import io
import zipfile
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fleet.lib.errors import FleetError, Refused, TooLarge
from registry.files.npz import Samples, read_npz
from tests.registry.factories import npz_bytes, npz_of, refusal_of, zip_bytes

LIMIT = 16 * 1024**2
ONES = np.ones((4, 8), dtype=np.float32)


def read(data: bytes, limit: int = LIMIT) -> Samples:
    return read_npz(io.BytesIO(data), limit_bytes=limit)


def test_samples_and_labels_come_back() -> None:
    found = read(npz_bytes(12, (3, 2)))
    assert found.x.shape == (12, 3, 2)
    assert found.sample_shape == (3, 2)
    assert found.y is not None
    assert found.y.tolist() == [*range(10), 0, 1]


def test_labels_may_be_absent() -> None:
    assert read(npz_bytes(labels=False)).y is None


@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 5)),
                  elements=st.floats(-1e6, 1e6, width=32)))  # fmt: skip
def test_any_finite_array_survives_the_way(x: Any) -> None:
    np.testing.assert_array_equal(read(npz_of(x=x)).x, x)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"z": ONES}, "this holds z.npy"),
        ({"x": ONES, "w": ONES}, "this holds w.npy, x.npy"),
        ({"x": ONES.astype(np.float64)}, "x must be float32, not float64"),
        ({"x": ONES[:0]}, "x must hold samples"),
        ({"x": np.float32(1)}, "x must hold samples"),
        ({"x": np.ones((1,) * 7, np.float32)}, "x must hold samples"),
        ({"x": ONES * np.nan}, "not finite"),
        ({"x": ONES * np.inf}, "not finite"),
        ({"x": ONES, "y": np.ones(4, np.float32)}, "y must be integers"),
        ({"x": ONES, "y": np.ones((4, 1), np.int64)}, "one label per sample"),
        ({"x": ONES, "y": np.ones(3, np.int64)}, "x has 4 samples and y has 3 labels"),
        ({"x": np.array([["a"]])}, "x must be float32"),
    ],
)
def test_what_is_not_a_dataset_is_refused_with_the_reason(arrays: Any, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        read(npz_of(**arrays))


class Evil:
    """Would end the process if it were unpickled."""

    def __reduce__(self) -> Any:
        return (SystemExit, (66,))


def test_pickled_objects_are_refused_and_never_loaded() -> None:
    with pytest.raises(Refused, match="x must be float32, not object"):
        read(npz_of(x=np.array([Evil()], dtype=object)))


def test_a_header_that_lies_about_its_size_is_refused() -> None:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "<f4", "fortran_order": False, "shape": (10**9, 8)}
    )
    with pytest.raises(Refused, match="should have 32000000000 bytes"):
        read(zip_bytes({"x.npy": stream.getvalue() + bytes(64)}))


def test_a_dataset_larger_than_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge, match="at most 1000 are read"):
        read(npz_bytes(100), limit=1000)


def test_a_bomb_of_zeros_is_refused() -> None:
    stream = io.BytesIO()
    np.save(stream, np.zeros((1000, 3000), np.float32))
    with pytest.raises(Refused, match="more than 250 times"):
        read(zip_bytes({"x.npy": stream.getvalue()}, zipfile.ZIP_DEFLATED))


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_whatever_byte_is_changed_only_our_errors_come_out(place: int, value: int) -> None:
    data = bytearray(npz_bytes(5, (4,)))
    data[place % len(data)] = value
    with suppress(FleetError):
        assert np.isfinite(read(bytes(data)).x).all()


def with_header(text: bytes) -> bytes:
    """A dataset whose x has this text for a header, before 64 bytes of data."""
    version = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little")
    return zip_bytes({"x.npy": version + text + bytes(64)})


WORDS = ["{", "}", "(", ")", "[", "'", '"""', ",", ":", "descr", "'descr'", "'shape'", "'<f4'",
         "'fortran_order'", "False", "-1", "10**9", "0x" + "f" * 3000, "L", "\\", "\n", "\t", " ",
         "#", "0", "1_0", "1e9", "\x00", "b''", "lambda", "=", "é", "0777", "(" * 300]  # fmt: skip


@pytest.mark.filterwarnings("ignore::Warning")  # of NumPy and the parser, on what they read
@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=12))
def test_whatever_a_header_says_only_our_errors_come_out(words: list[str]) -> None:
    text = "".join(words).encode("latin-1", "replace")[:60_000]
    assert (refusal_of(lambda: read(with_header(text))) or ".").endswith(".")


HEADERS = [
    "(",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (0x" + "f" * 3700 + ", 2)}",
    "{'descr': '<i8', 'fortran_order': False, 'shape': (-1, 2)}",
    "-" * 3000 + "1",
    "(" * 3000,
    "{'descr': [('a', '<f4')] * 9, 'fortran_order': 0, 'shape': (2,)}",
]


@pytest.mark.filterwarnings("ignore::Warning")
@pytest.mark.parametrize("text", HEADERS)
def test_a_header_that_is_no_description_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="x is not an array as NumPy saves it"):
        read(with_header(text.encode()))
