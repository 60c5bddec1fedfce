"""What a release needs of a device's other components, and how versions are ordered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.instruction import parse_need, unmet, version_key

RISING = ["0.9", "1.4-rc1", "1.4-rc2", "1.4", "1.4.1", "1.10", "2.0-beta", "2.0"]


def test_versions_rise() -> None:
    mixed = [*RISING[4:], *RISING[:4]]
    assert sorted(mixed, key=version_key) == RISING


@pytest.mark.parametrize(("one", "other"), [("1.4", "1.4.0"), ("v2", "2"), ("1.4+b7", "1.4")])
def test_some_are_the_same(one: str, other: str) -> None:
    assert version_key(one) == version_key(other)


@pytest.mark.parametrize(
    ("has", "said"),
    [
        ({"firmware": "1.4"}, ""),
        ({"firmware_version": "1.10.2"}, ""),
        (
            {"firmware": "1.3.9"},
            "it needs firmware 1.4 or newer, and the device has 1.3.9",
        ),
        ({}, "it needs firmware 1.4 or newer, and the device says nothing of its firmware"),
    ],
)
def test_a_need_is_met_or_told(has: dict[str, str], said: str) -> None:
    assert unmet(["firmware>=1.4"], has) == said


@pytest.mark.parametrize("text", ["", "firmware", "firmware=1", "a b>=1", "x>=", "x" * 80 + ">=1"])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError, match="is not a need such as"):
        parse_need(text)


@given(text=st.text(max_size=60))
def test_whatever_is_read_is_written_the_same(text: str) -> None:
    try:
        need = parse_need(text)
    except ProtocolError:
        return
    assert parse_need(str(need)) == need
