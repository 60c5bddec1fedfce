"""Jensen-Shannon distance is SciPy's."""

import pytest
from hypothesis import given
from scipy.spatial.distance import jensenshannon

from fleet.telemetry.drift.errors import NotEnoughData
from fleet.telemetry.drift.jensen_shannon import jensen_shannon
from tests.fleet.telemetry.drift.strategies import rows


@given(rows)
def test_it_equals_scipy(drawn: tuple[list[int], list[int]]) -> None:
    if min(map(sum, drawn)) > 0:
        theirs = float(jensenshannon(*drawn))
        assert jensen_shannon(*drawn) == pytest.approx(theirs, abs=1e-6)


def test_disjoint_distributions_are_as_far_as_can_be() -> None:
    assert jensen_shannon([1, 0], [0, 1]) ** 2 == pytest.approx(0.6931, abs=1e-4)


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(NotEnoughData):
        jensen_shannon([0, 0], [1, 1])
