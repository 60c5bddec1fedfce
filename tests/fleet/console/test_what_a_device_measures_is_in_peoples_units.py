"""Gauges have titles and units; one that nobody knows keeps its name and its number."""

from device_agent.protocol.frame import GaugeKind
from fleet.console.present.gauges import WORDS, gauge_words


def test_every_gauge_has_words() -> None:
    assert set(WORDS) == set(GaugeKind)


def test_millivolts_are_shown_as_volts() -> None:
    assert gauge_words("battery_millivolts", 3100, 3280) == ("battery", "3.10 to 3.28 V")


def test_a_temperature_below_zero_is_one_number() -> None:
    assert gauge_words("temperature_decidegrees", -5, -5) == ("temperature", "-0.5 °C")


def test_bytes_are_counted_and_not_rounded() -> None:
    assert gauge_words("stack_bytes", 1480, 1480) == ("deepest stack", "1,480 bytes")


def test_an_unknown_one_stays_as_it_is() -> None:
    assert gauge_words("number_77", 1, 2000) == ("number_77", "1 to 2,000")
