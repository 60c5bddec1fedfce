"""Prometheus' protobuf format: the one in which native histograms are scraped.

Written by hand, because the client library writes text alone: messages of
`io.prometheus.client.MetricFamily`, each with its length before it. Pure.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import inf
from typing import Final

from prometheus_client.metrics_core import Metric
from prometheus_client.samples import NativeHistogram, Sample

NAME: Final = "io.prometheus.client.MetricFamily"
CONTENT_TYPE: Final = f"application/vnd.google.protobuf; proto={NAME}; encoding=delimited"
KINDS: Final = {"counter": 0, "gauge": 1, "unknown": 3, "histogram": 4, "gaugehistogram": 5}
VALUES: Final = {"counter": 3, "gauge": 2, "unknown": 5}  # the field of a metric with its value
SUFFIXES: Final = ("_bucket", "_count", "_sum", "_created")


def wanted(accept: str) -> bool:
    """Tell whether a scraper takes this format, and takes it rather than others."""
    first = accept.split(",", 1)[0].replace(" ", "").lower()
    return first.startswith("application/vnd.google.protobuf") and NAME.lower() in first


def encoded(families: Iterable[Metric]) -> bytes:
    """Return the families; one without a sample is left out."""
    found = (_family(each) for each in families if each.samples)
    return b"".join(_varint(len(each)) + each for each in found)


def _family(family: Metric) -> bytes:
    kind = family.type if family.type in KINDS else "unknown"
    name = f"{family.name}_total" if kind == "counter" else family.name
    parts = [_text(1, name), _text(2, family.documentation), _number(3, KINDS[kind])]
    return b"".join([*parts, *(_bytes(4, each) for each in _metrics(family, kind))])


def _metrics(family: Metric, kind: str) -> Iterator[bytes]:
    if kind in VALUES:
        for each in family.samples:
            if not each.name.endswith("_created"):
                yield _labels(each.labels) + _bytes(VALUES[kind], _double(1, each.value))
        return
    for labels, rows in groupby(family.samples, key=_without_bound):
        samples = list(rows)
        native = next((each.native_histogram for each in samples if each.native_histogram), None)
        found = _native(native) if native else _classic(samples)
        yield _labels(dict(labels)) + _bytes(7, found)


def _without_bound(sample: Sample) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in sample.labels.items() if name != "le")


def _classic(samples: Sequence[Sample]) -> bytes:
    told = {each.name.rpartition("_")[2]: each.value for each in samples}
    parts = [_number(1, int(told.get("count", 0))), _double(2, told.get("sum", 0.0))]
    for each in samples:
        if each.name.endswith("_bucket"):
            bound = inf if each.labels["le"] == "+Inf" else float(each.labels["le"])
            parts.append(_bytes(3, _number(1, int(each.value)) + _double(2, bound)))
    return b"".join(parts)


def _native(found: NativeHistogram) -> bytes:
    spans = found.pos_spans or ()
    deltas = b"".join(_varint(_zigzag(each)) for each in found.pos_deltas or ())
    return b"".join(
        [
            _number(1, int(found.count_value)),
            _double(2, found.sum_value),
            _number(5, _zigzag(found.schema)),
            _double(6, found.zero_threshold),
            _number(7, int(found.zero_count)),
            *(_bytes(12, _number(1, _zigzag(s.offset)) + _number(2, s.length)) for s in spans),
            _bytes(13, deltas),
        ]
    )


def _labels(labels: dict[str, str]) -> bytes:
    pairs = (_text(1, name) + _text(2, str(value)) for name, value in labels.items())
    return b"".join(_bytes(1, pair) for pair in pairs)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _zigzag(value: int) -> int:
    return (value << 1) ^ (value >> 63)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())
