"""Thresholds of a chip's table say what the descriptors' edges say, for every sum there can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.image import ImageError
from builds.image.schema_table import HEAD_WORDS, KINDS, schema_table, table_header
from device_agent.protocol.descriptors import DESCRIPTORS, EDGE_SCALE, PER_MILLE
from device_agent.protocol.manifest import Tensor
from device_agent.protocol.schema import EDGE_MAX, Feature, TelemetrySchema

ELEMENTS, STRIDE = 12, 3
GIVEN = Tensor("x", "int8", (1, 2, 2, STRIDE), 1.0, 0, ELEMENTS)
OUTPUT = Tensor("y", "int8", (1, 2), 1.0, 0, 2)
SCHEMA = TelemetrySchema("m", "1", (Feature("bright", "mean", (-5, 7)),), ("a", "b"), 900)


def signed(word: int) -> int:
    return word - 2**32 if word >= 2**31 else word


@given(st.integers(-EDGE_MAX, EDGE_MAX) | st.integers(-5000, 5000), st.integers(-1600, 40_000))
def test_a_sum_reaches_a_threshold_as_its_descriptor_reaches_the_edge(
    edge: int, total: int
) -> None:
    pairs = ELEMENTS - STRIDE
    values = {
        "mean": total // ELEMENTS,
        "low_share": PER_MILLE * total // ELEMENTS,
        "high_share": PER_MILLE * total // ELEMENTS,
        "edge": EDGE_SCALE * total // pairs,
        "spread": total,
    }
    for name, value in values.items():
        schema = TelemetrySchema("m", "1", (Feature("f", name, (edge,)),), ("a", "b"))
        *_, threshold = schema_table(schema, GIVEN, OUTPUT).words
        assert (total >= signed(threshold)) == (value >= edge), name


def test_every_descriptor_has_a_number_on_the_chip() -> None:
    assert [kind for kind, _ in map(KINDS.__getitem__, DESCRIPTORS)] == list(
        range(len(DESCRIPTORS))
    )


def test_words_stand_where_the_recorder_reads_them() -> None:
    table = schema_table(SCHEMA, GIVEN, OUTPUT)
    words = table.words
    assert words[1:10] == (HEAD_WORDS + 3, 900, ELEMENTS, STRIDE, 2, 1, 3 + 2 * 16 + 37, 1, 0)
    assert words[10].to_bytes(4, "little") == SCHEMA.schema_id
    assert (words[18], signed(words[19]), words[20]) == (0 | 2 << 8, -5 * ELEMENTS, 7 * ELEMENTS)
    assert table.data[:4] == b"EFT1"
    assert len(table.data) == 4 * len(words)


@pytest.mark.parametrize(
    ("given_tensor", "output", "counted", "uncounted", "classifies"),
    [
        (Tensor("x", "float32", (1, 3), 1.0, 0, 12), OUTPUT, 0, 3, 1),
        (GIVEN, Tensor("y", "int8", (1, 3), 1.0, 0, 3), 1, 0, 0),
        (GIVEN, Tensor("y", "uint8", (1, 2), 1.0, 0, 2), 1, 0, 0),
    ],
)
def test_what_a_recorder_cannot_count_keeps_its_place(
    given_tensor: Tensor, output: Tensor, counted: int, uncounted: int, classifies: int
) -> None:
    table = schema_table(SCHEMA, given_tensor, output)
    assert (table.words[8], table.words[9], table.words[6]) == (counted, uncounted, classifies)
    assert table.counts == schema_table(SCHEMA, GIVEN, OUTPUT).counts


def test_the_header_names_the_table() -> None:
    text = table_header(schema_table(SCHEMA, GIVEN, OUTPUT), "digits")
    assert "static const uint32_t ef_schema_digits[21] = {\n    0x31544645u, 0x15u," in text
    assert "#define EF_DIGITS_COUNTS 72u\n" in text


@pytest.mark.parametrize("name", ["", "Digits", "1st", "a-b", "a" * 65, "x; int y"])
def test_a_name_that_c_would_not_take_is_refused(name: str) -> None:
    with pytest.raises(ImageError, match="is not a name of small letters"):
        table_header(schema_table(SCHEMA, GIVEN, OUTPUT), name)
