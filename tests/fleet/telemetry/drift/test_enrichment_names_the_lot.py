"""Fisher's exact test over labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from fleet.telemetry.drift.enrichment import enrich

FLEET = {
    f"d{i}": {"lot": "B7" if i < 3 else "A1", "site": "paris" if i % 2 else "lyon"}
    for i in range(12)
}


def test_the_value_all_drifted_devices_share_comes_first() -> None:
    first = enrich(FLEET, ["d0", "d1", "d2"])[0]
    assert (first.label, first.drifted, first.members) == ("lot=B7", 3, 3)
    assert first.covers_its_members
    assert first.share_elsewhere == 0
    assert first.p == pytest.approx(1 / 220)


@given(st.sets(st.sampled_from(sorted(FLEET))))
def test_each_p_value_equals_scipy(drifted: set[str]) -> None:
    for row in enrich(FLEET, drifted):
        table = [
            [row.drifted, row.members - row.drifted],
            [row.drifted_elsewhere, row.others - row.drifted_elsewhere],
        ]
        assert row.p == pytest.approx(fisher_exact(table, alternative="greater").pvalue)
        assert row.p_adjusted >= row.p


def test_nobody_drifted_means_no_enrichment() -> None:
    assert {row.p for row in enrich(FLEET, [])} == {1.0}


def test_devices_unknown_to_the_fleet_do_not_count() -> None:
    assert enrich(FLEET, ["stranger"])[0].drifted == 0


def test_no_devices_is_no_rows() -> None:
    assert enrich({}, ["d0"]) == []
