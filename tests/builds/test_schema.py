"""Named by what it makes: descriptors, edges, documents and counts of the telemetry schema."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.recipes.quantize import profile as schema
from device_agent.protocol.descriptors import DESCRIPTORS, describe
from device_agent.protocol.schema import (
    CONFIDENCE_BINS,
    confidence_bin,
    parse_schema,
    predicted_class,
)

SPEC = schema.TensorSpec((1, 4, 4, 1), "int8", 0.05, -10)
SOFTMAX = schema.TensorSpec((1, 3), "int8", 1 / 256, -128)
SHAPES = st.sampled_from([(1, 5), (1, 2, 3, 2), (1, 1), (1, 4, 1, 3), (1, 7, 2)])


@given(SHAPES, st.integers(1, 5), st.randoms(use_true_random=False))
def test_descriptors_equal_the_devices_to_the_digit(shape, count, random) -> None:  # type: ignore[no-untyped-def]
    size = int(np.prod(shape))
    rows = [
        [random.choice([-128, 127, random.randint(-128, 127)]) for _ in range(size)]
        for _ in range(count)
    ]
    tensors = np.array(rows, np.int8)
    found = schema.descriptors(tensors, shape)
    names = list(DESCRIPTORS)
    for index, tensor in enumerate(tensors):
        wanted = describe(tensor.tobytes(), shape, names)
        assert tuple(int(found[name][index]) for name in names) == wanted


@given(st.lists(st.integers(-2000, 2000), min_size=1, max_size=400))
def test_edges_ascend_and_are_at_most_fifteen(values: list[int]) -> None:
    edges = schema.bin_edges(np.array(values, np.int64))
    assert 1 <= len(edges) <= 15
    assert all(left < right for left, right in pairwise(edges))


@given(st.lists(st.integers(-2000, 2000), min_size=1, max_size=400))
def test_the_tails_hold_at_most_their_mass(values: list[int]) -> None:
    edges = schema.bin_edges(np.array(values, np.int64))
    below = sum(value < edges[0] for value in values)
    above = sum(value >= edges[-1] for value in values)
    assert below <= max(1, 0.001 * len(values))
    assert above <= max(1, 0.001 * len(values) + 1)


def test_fourteen_bins_of_equal_mass() -> None:
    values = np.arange(14_000, dtype=np.int64)
    edges = schema.bin_edges(values)
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=16)
    assert len(edges) == 15
    assert counts[0] == pytest.approx(14, abs=1)
    assert counts[15] == pytest.approx(14, abs=1)
    assert counts[1:15].max() - counts[1:15].min() <= 2


def test_a_constant_descriptor_has_a_bin_of_its_own() -> None:
    assert schema.bin_edges(np.full(50, 7, np.int64)) == (7, 8)


def test_samples_become_the_tensors_that_the_model_sees() -> None:
    samples = np.array([[[[-100.0], [0.0]], [[0.05], [100.0]]]], np.float32)
    spec = schema.TensorSpec((1, 2, 2, 1), "int8", 0.05, -10)
    assert schema.quantised_samples(samples, spec).tolist() == [[-128, -10, -9, 127]]


def test_halves_round_away_from_zero_as_the_device_does() -> None:
    spec = schema.TensorSpec((1, 4), "int8", 1.0, 0)
    samples = np.array([[0.5, 1.5, -0.5, -2.5]], np.float32)
    assert schema.quantised_samples(samples, spec).tolist() == [[1, 2, -1, -3]]


def test_a_softmax_has_classes_and_its_given_names() -> None:
    assert schema.class_names(["a", "b", "c"], SOFTMAX) == ("a", "b", "c")
    assert schema.class_names([], SOFTMAX) == ("class_0", "class_1", "class_2")
    assert schema.class_names(["one too few"], SOFTMAX) == ("class_0", "class_1", "class_2")


@pytest.mark.parametrize(
    "output",
    [
        schema.TensorSpec((1, 3), "int8", 0.1, -128),
        schema.TensorSpec((1, 3), "int8", 1 / 256, 0),
        schema.TensorSpec((1, 3), "float32", 1 / 256, -128),
        schema.TensorSpec((1, 1), "int8", 1 / 256, -128),
        schema.TensorSpec((1, 640), "int8", 1 / 256, -128),
    ],
)
def test_an_output_that_is_no_softmax_has_no_classes(output: schema.TensorSpec) -> None:
    assert schema.class_names(["a", "b", "c"], output) == ()


def reference(count: int = 300) -> tuple[dict, np.ndarray]:  # type: ignore[type-arg]
    random = np.random.default_rng(3)
    tensors = random.integers(-128, 128, (count, 16)).astype(np.int8)
    outputs = random.integers(-128, 128, (count, 3)).astype(np.int8)
    return schema.descriptors(tensors, SPEC.shape), outputs


def document(described: dict) -> dict:  # type: ignore[type-arg]
    return schema.schema_document(
        model="digits", version="1.0", classes=("a", "b", "c"), described=described
    )


def test_the_document_is_one_that_a_device_accepts() -> None:
    made = document(reference()[0])
    parsed = parse_schema(made)
    assert [feature.name for feature in parsed.features] == list(DESCRIPTORS)
    assert len(parsed.schema_id) == 4


def test_the_reference_is_counted_as_a_device_would() -> None:
    described, outputs = reference()
    made = document(described)
    counts = schema.reference_counts(made, described, outputs)
    parsed = parse_schema(made)
    wanted = [0] * parsed.layout.total
    for index, feature in enumerate(parsed.features):
        for value in described[feature.descriptor]:
            wanted[parsed.layout.feature(index).start + feature.bin_of(int(value))] += 1
    for output in outputs.tolist():
        best = predicted_class(output)
        wanted[parsed.layout.confidence(best).start + confidence_bin(output[best])] += 1
    assert counts == wanted


def test_every_sample_is_counted_once_per_feature() -> None:
    described, outputs = reference(77)
    made = document(described)
    counts = schema.reference_counts(made, described, outputs)
    layout = parse_schema(made).layout
    assert all(sum(counts[layout.feature(i)]) == 77 for i in range(len(DESCRIPTORS)))
    assert sum(counts[layout.confidences]) == 77
    assert sum(counts[layout.latency]) == 0


def test_without_reference_data_there_are_no_features_and_no_counts() -> None:
    made = document({})
    assert parse_schema(made).features == ()
    assert set(schema.reference_counts(made, {}, None)) == {0}


def test_calibration_counts_what_was_right_per_confidence_bin() -> None:
    outputs = np.array([[127, -128, -128], [-128, 0, -128], [-128, 0, -128]], np.int8)
    found = schema.calibration(outputs, np.array([0, 1, 2]))
    assert len(found["total"]) == len(found["correct"]) == CONFIDENCE_BINS
    assert (found["total"][15], found["correct"][15]) == (1, 1)
    assert (found["total"][8], found["correct"][8]) == (2, 1)
