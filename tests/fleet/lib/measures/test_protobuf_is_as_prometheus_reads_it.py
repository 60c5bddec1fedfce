"""The protobuf format, read back by another implementation of protobuf."""

from importlib import import_module
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.samples import BucketSpan, NativeHistogram

from fleet.lib.measures import protobuf

google = pytest.importorskip("google.protobuf", reason="protobuf is not installed")
# Field numbers and kinds of `io.prometheus.client`, as its metrics.proto has them.
INT32, INT64, UINT64, DOUBLE, TEXT, ENUM, MESSAGE, SINT32, SINT64, UINT32 = (
    5, 3, 4, 1, 9, 5, 11, 17, 18, 13,
)  # fmt: skip
SHAPES: dict[str, list[tuple[str, int, int, bool, str]]] = {
    "LabelPair": [("name", 1, TEXT, False, ""), ("value", 2, TEXT, False, "")],
    "Value": [("value", 1, DOUBLE, False, "")],
    "Bucket": [("count", 1, UINT64, False, ""), ("upper", 2, DOUBLE, False, "")],
    "Span": [("offset", 1, SINT32, False, ""), ("length", 2, UINT32, False, "")],
    "Histogram": [
        ("count", 1, UINT64, False, ""),
        ("sum", 2, DOUBLE, False, ""),
        ("bucket", 3, MESSAGE, True, "Bucket"),
        ("schema", 5, SINT32, False, ""),
        ("zero_threshold", 6, DOUBLE, False, ""),
        ("zero_count", 7, UINT64, False, ""),
        ("positive_span", 12, MESSAGE, True, "Span"),
        ("positive_delta", 13, SINT64, True, ""),
    ],
    "One": [
        ("label", 1, MESSAGE, True, "LabelPair"),
        ("gauge", 2, MESSAGE, False, "Value"),
        ("counter", 3, MESSAGE, False, "Value"),
        ("untyped", 5, MESSAGE, False, "Value"),
        ("histogram", 7, MESSAGE, False, "Histogram"),
    ],
    "Family": [
        ("name", 1, TEXT, False, ""),
        ("help", 2, TEXT, False, ""),
        ("type", 3, INT32, False, ""),
        ("metric", 4, MESSAGE, True, "One"),
    ],
}


def family_class() -> Any:
    names = ("descriptor_pb2", "descriptor_pool", "message_factory")
    descriptor_pb2, descriptor_pool, message_factory = (
        import_module(f"google.protobuf.{name}") for name in names
    )
    file = descriptor_pb2.FileDescriptorProto(name="m.proto", package="m", syntax="proto2")
    for name, fields in SHAPES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, many, of in fields:
            made = message.field.add(name=field, number=number, type=kind, label=3 if many else 1)
            if of:
                made.type_name = f".m.{of}"
            elif many:
                made.options.packed = True
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("m.Family"))


def read(data: bytes) -> dict[str, Any]:
    made, found, at = family_class(), {}, 0
    while at < len(data):
        length, shift = 0, 0
        while True:
            byte = data[at]
            at, length, shift = at + 1, length | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                break
        family = made.FromString(data[at : at + length])
        assert family.SerializeToString() == data[at : at + length]
        found[family.name] = family
        at += length
    return found


def test_every_kind_is_read_back() -> None:
    registry = CollectorRegistry()
    Counter("calls", "Calls.", ["route"], registry=registry).labels("/ä").inc(3)
    Gauge("heat", "Heat.", registry=registry).set(-1.5)
    histogram = Histogram("time", "Time.", ["route"], registry=registry, buckets=(1, 2))
    for each in (0.5, 1.5, 9.0):
        histogram.labels("/a").observe(each)
    histogram.labels("/b").observe(1.0)
    found = read(protobuf.encoded(registry.collect()))
    assert (found["calls_total"].type, found["calls_total"].metric[0].counter.value) == (0, 3)
    assert found["calls_total"].metric[0].label[0].value == "/ä"
    assert found["heat"].metric[0].gauge.value == -1.5
    first, second = found["time"].metric
    assert (first.histogram.count, first.histogram.sum) == (3, 11.0)
    assert [(b.upper, b.count) for b in first.histogram.bucket] == [
        (1, 1),
        (2, 2),
        (float("inf"), 3),
    ]
    assert second.label[0].value == "/b"


def test_a_native_histogram_is_read_back() -> None:
    family = Metric("lasts", "How long.", "gaugehistogram")
    native = NativeHistogram(6, 99.0, 1, 0.0, 0, [BucketSpan(-2, 3)], None, [1, 3, -2])
    family.add_sample("lasts", {"version": "1.0"}, 0.0, native_histogram=native)
    found = read(protobuf.encoded([family]))["lasts"]
    histogram = found.metric[0].histogram
    assert found.type == 5
    assert (histogram.count, histogram.schema, histogram.sum) == (6, 1, 99.0)
    assert [(s.offset, s.length) for s in histogram.positive_span] == [(-2, 3)]
    assert list(histogram.positive_delta) == [1, 3, -2]


def test_only_a_scraper_that_asks_for_it_first_gets_it() -> None:
    asked = f"application/vnd.google.protobuf; proto={protobuf.NAME}; encoding=delimited"
    assert protobuf.wanted(f"{asked};q=0.6,text/plain;q=0.5")
    assert not protobuf.wanted(f"text/plain,{asked}")
    assert not protobuf.wanted("application/vnd.google.protobuf")
    assert not protobuf.wanted("")
