"""Quantiles from log2 buckets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.protocol.schema import LATENCY_BUCKETS, latency_bucket
from fleet.telemetry.ingest.counts.latency import quantile_us, quantiles


def counted(latencies: list[int]) -> list[int]:
    row = [0] * LATENCY_BUCKETS
    for each in latencies:
        row[latency_bucket(each)] += 1
    return row


@given(st.lists(st.integers(64, 11_000_000), min_size=1), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_quantile_is_never_too_short_and_at_most_half_an_octave_too_long(
    latencies: list[int], share: float
) -> None:
    found = quantile_us(counted(latencies), share)
    exact = float(np.quantile(latencies, share, method="inverted_cdf"))
    assert found is not None
    assert exact <= found <= exact * 2**0.5 + 1


def test_nothing_measured_has_no_quantile() -> None:
    assert quantiles([0] * LATENCY_BUCKETS) == {"p50": None, "p95": None, "p99": None}


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_what_is_above_the_last_bound_is_told_as_that_bound(share: float) -> None:
    assert quantile_us(counted([10**9]), share) == 11_863_283
