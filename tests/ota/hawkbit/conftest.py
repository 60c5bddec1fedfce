"""The Management API is on, and targets may use their tokens."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def switched_on(settings: Any) -> None:
    settings.EDGEFLEET_MANAGEMENT_API = True
    settings.EDGEFLEET_TARGET_TOKENS = True
    settings.EDGEFLEET_GATEWAY_TOKENS = True
