"""Whatever a client writes into RAUC's heads is kept within bounds, or refused in a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fleet.lib.errors import Refused
from ota.foreign.polling import TEXT_MAX, RaucPoll, read_poll

NAMES = (
    "RAUC-System-Version",
    "RAUC-Boot-ID",
    "RAUC-Serial",
    "RAUC-Variant",
    "RAUC-Transaction-ID",
    "RAUC-Machine-ID",
)
BOOT = "0fe1d2c3-b4a5-4968-8776-655443322110"


def test_what_is_known_is_read_and_the_machines_id_is_not() -> None:
    told = read_poll({"RAUC-System-Version": " 2.0 ", "RAUC-Boot-ID": BOOT, "RAUC-Machine-ID": "m"})
    assert told == RaucPoll(version="2.0", boot=BOOT)
    assert told.attributes() == {"rauc-system-version": "2.0", "rauc-boot-id": BOOT}


def test_nothing_is_read_of_nothing() -> None:
    assert read_poll({}) == RaucPoll()
    assert RaucPoll().attributes() == {}


@pytest.mark.parametrize("name", ["RAUC-Boot-ID", "RAUC-Transaction-ID"])
def test_an_id_that_is_not_one_is_named(name: str) -> None:
    with pytest.raises(Refused, match=f"{name} must be a UUID"):
        read_poll({name: "../x"})


@given(some.dictionaries(some.sampled_from(NAMES), some.text(max_size=TEXT_MAX + 20)))
def test_any_heads_are_bounded_or_refused(headers: dict[str, str]) -> None:
    try:
        told = read_poll(headers)
    except Refused:
        told = RaucPoll()
    for text in (*told.attributes().values(), told.transaction):
        assert len(text) <= TEXT_MAX
        assert text.isprintable()
