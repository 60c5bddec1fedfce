"""OTLP's JSON: sums, gauges, histograms with buckets of their own, exponential ones."""

import json
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.samples import BucketSpan, NativeHistogram

from fleet.lib.measures import otlp

AT = datetime(2030, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def exported(*families: Metric) -> dict[str, Any]:
    found = json.loads(json.dumps(otlp.document(families, AT, {"service.name": "edgefleet"})))
    resource = found["resourceMetrics"][0]
    assert resource["resource"]["attributes"][0]["value"] == {"stringValue": "edgefleet"}
    return {each["name"]: each for each in resource["scopeMetrics"][0]["metrics"]}


def test_counters_are_sums_and_gauges_are_gauges() -> None:
    registry = CollectorRegistry()
    Counter("calls", "Calls.", ["route"], registry=registry).labels("/a").inc(3)
    Gauge("heat", "Heat.", registry=registry).set(-1.5)
    found = exported(*registry.collect())
    point = found["calls"]["sum"]["dataPoints"][0]
    assert (found["calls"]["sum"]["isMonotonic"], point["asDouble"]) == (True, 3.0)
    assert point["attributes"] == [{"key": "route", "value": {"stringValue": "/a"}}]
    assert point["timeUnixNano"] == "1893553445678000000"
    assert found["heat"]["gauge"]["dataPoints"][0]["asDouble"] == -1.5


def test_a_histogram_s_buckets_hold_their_own_alone() -> None:
    registry = CollectorRegistry()
    histogram = Histogram("time", "Time.", registry=registry, buckets=(1, 2))
    for each in (0.5, 1.5, 1.6, 9.0):
        histogram.observe(each)
    point = exported(*registry.collect())["time"]["histogram"]["dataPoints"][0]
    assert point["explicitBounds"] == [1.0, 2.0]
    assert point["bucketCounts"] == ["1", "2", "1"]
    assert (point["count"], point["sum"]) == ("4", 12.6)


def test_a_native_histogram_is_an_exponential_one() -> None:
    family = Metric("lasts", "How long.", "gaugehistogram")
    # In Prometheus' schema 1 the bucket 12 holds what is above 2^(11/2) and at most 2^(12/2).
    native = NativeHistogram(6, 99.0, 1, 0.0, 0, [BucketSpan(12, 3)], None, [1, 3, -2])
    family.add_sample("lasts", {}, 0.0, native_histogram=native)
    point = exported(family)["lasts"]["exponentialHistogram"]["dataPoints"][0]
    assert point["scale"] == 1
    assert point["positive"] == {"offset": 11, "bucketCounts": ["1", "4", "2"]}


def test_a_family_without_samples_is_left_out() -> None:
    assert exported(Metric("nothing", "Nothing.", "gauge")) == {}
