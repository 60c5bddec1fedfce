"""Small seeded fleets; `make drift-proof` runs the large ones."""

import pytest

from tests.fleet.telemetry.judgement.trials import Detection, detection
from tests.fleet.telemetry.judgement.world import MILD


@pytest.fixture(scope="package")
def mild() -> Detection:
    """Forty healthy devices and three of each harm, for three weeks of a mild world."""
    return detection(MILD, 60, 3, 420, seed=3)
