"""The schema document, its identity, the layout of its counts and the exactness of its bins."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.protocol import schema
from device_agent.protocol.descriptors import DESCRIPTORS
from device_agent.protocol.errors import ProtocolError

EDGES = st.lists(st.integers(-2000, 2000), unique=True, max_size=15).map(sorted).map(tuple)
FEATURES = st.builds(
    schema.Feature,
    name=st.text(min_size=1, max_size=12),
    descriptor=st.sampled_from(sorted(DESCRIPTORS)),
    edges=EDGES,
)
SCHEMAS = st.builds(
    schema.TelemetrySchema,
    model=st.text(min_size=1, max_size=12),
    version=st.text(min_size=1, max_size=12),
    features=st.lists(FEATURES, max_size=6).map(tuple),
    classes=st.lists(st.text(min_size=1, max_size=5), max_size=12).map(tuple),
    window_seconds=st.integers(1, 86_400),
)


@given(SCHEMAS)
def test_a_schema_survives_the_wire_with_its_identity(sent: schema.TelemetrySchema) -> None:
    got = schema.parse_schema(json.loads(json.dumps(schema.dump_schema(sent))))
    assert got == sent
    assert got.schema_id == sent.schema_id


@given(SCHEMAS)
def test_the_blocks_of_the_layout_cover_the_vector_exactly_once(
    sent: schema.TelemetrySchema,
) -> None:
    layout = sent.layout
    blocks = [layout.feature(i) for i in range(len(sent.features))]
    blocks += [layout.confidence(c) for c in range(len(sent.classes))]
    blocks += [layout.latency]
    covered = [i for block in blocks for i in range(block.start, block.stop)]
    covered += [layout.counter(name) for name in schema.COUNTERS]
    assert covered == list(range(layout.total))


@given(FEATURES, st.integers(-3000, 3000))
def test_every_value_has_the_bin_its_edges_say(feature: schema.Feature, value: int) -> None:
    assert feature.bin_of(value) == sum(edge <= value for edge in feature.edges)


@given(st.integers(-128, 127))
def test_confidence_has_sixteen_bins(quantised: int) -> None:
    assert 0 <= schema.confidence_bin(quantised) < schema.CONFIDENCE_BINS


@given(st.integers(0, 2**40))
def test_latency_buckets_are_two_an_octave_and_upper_inclusive(us: int) -> None:
    bucket = schema.latency_bucket(us)
    # bucket k holds 2^(6+(k-1)/2) < us <= 2^(6+k/2); squared, so that it is exact
    assert bucket == schema.LATENCY_BUCKETS - 1 or us * us <= 1 << (12 + bucket)
    assert bucket == 0 or us * us > 1 << (11 + bucket)


def test_latency_ends_where_the_contract_says() -> None:
    assert schema.latency_bucket(64) == 0
    assert schema.latency_bucket(65) == 1
    assert schema.latency_bucket(16_000_000) == 36
    assert schema.latency_bucket(2**63) == 36


def test_of_equal_outputs_the_first_class_is_predicted() -> None:
    assert schema.predicted_class([-3, 9, 9, 0]) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": 2}, "'format' is 2"),
        ({"confidence_bins": 8}, "'confidence_bins' is 8"),
        ({"features": [{"name": "x", "descriptor": "nope", "edges": []}]}, "Unknown descriptor"),
        ({"features": [{"name": "x", "descriptor": "mean", "edges": [3, 3]}]}, "must ascend"),
        ({"features": [{"name": "x", "descriptor": "mean", "edges": [1.5]}]}, "integer"),
        (
            {"features": [{"name": "x", "descriptor": "mean", "edges": list(range(16))}]},
            "at most 15",
        ),
        ({"classes": [""]}, "non-empty"),
        ({"window_seconds": 0}, "'window_seconds' is 0"),
    ],
)
def test_a_bad_schema_is_refused_with_what_is_wrong(
    change: dict[str, object], sentence: str
) -> None:
    good = schema.dump_schema(schema.TelemetrySchema("m", "1", (), ("a",)))
    with pytest.raises(ProtocolError, match=sentence):
        schema.parse_schema({**good, **change})
