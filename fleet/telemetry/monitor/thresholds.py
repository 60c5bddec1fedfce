"""The thresholds in force: the defaults, with what the settings override."""

from django.conf import settings

from fleet.telemetry.drift.defaults import Thresholds, thresholds


def limits() -> Thresholds:
    """Return the thresholds of this installation."""
    return thresholds(settings.EDGEFLEET_DRIFT)
