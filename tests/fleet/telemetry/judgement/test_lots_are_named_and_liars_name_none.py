"""Labels: bounded votes and a quorum."""

import numpy as np

from tests.fleet.telemetry.judgement.trials import lot_run
from tests.fleet.telemetry.judgement.world import MILD


def test_a_lot_is_named_within_a_day_though_a_tenth_of_the_fleet_lies() -> None:
    found = lot_run(MILD, 1, moved=True, liars=0.1, devices=140, start=180)
    assert found.delay <= 24
    assert found.wrong == 0


def test_liars_without_a_lot_name_nothing() -> None:
    found = lot_run(MILD, 2, moved=False, liars=0.1, devices=140, start=180)
    assert np.isinf(found.delay)
    assert found.wrong == 0
