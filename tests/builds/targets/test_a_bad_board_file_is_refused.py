from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.targets import BadTarget, Board
from builds.targets.mcuboot_boards import parse_board

GOOD = {
    "title": '"A board"',
    "target": '"cortex-m4f"',
    "slot_address": "0x08100000",
    "slot_bytes": "0x80000",
    "ram_address": "0x20000000",
    "ram_bytes": "0x8000",
    "header_bytes": "0x200",
    "write_align": "8",
}


def text(**changes: str | None) -> str:
    values = {**GOOD, **changes}
    return "\n".join(f"{key} = {value}" for key, value in values.items() if value is not None)


def test_a_complete_file_is_a_board() -> None:
    board = parse_board("b", text())
    assert board.slot_address == 0x0810_0000
    assert board.name == "b"


@pytest.mark.parametrize("field", sorted(GOOD))
def test_a_missing_field_is_named(field: str) -> None:
    with pytest.raises(BadTarget, match=field):
        parse_board("b", text(**{field: None}))


@pytest.mark.parametrize("field", ["slot_address", "slot_bytes", "ram_address", "ram_bytes"])
@pytest.mark.parametrize("value", ["0", "33", "-32", '"x"', "1.5"])
def test_addresses_and_sizes_are_aligned_numbers(field: str, value: str) -> None:
    with pytest.raises(BadTarget, match=field):
        parse_board("b", text(**{field: value}))


@pytest.mark.parametrize("value", ["0x80000", "0x80020"])
def test_the_header_fits_its_slot(value: str) -> None:
    with pytest.raises(BadTarget, match="header_bytes"):
        parse_board("b", text(header_bytes=value))


def test_a_board_is_a_microcontroller() -> None:
    with pytest.raises(BadTarget, match="linux-x86_64"):
        parse_board("b", text(target='"linux-x86_64"'))


@given(st.text(max_size=200))
def test_no_text_raises_anything_else(anything: str) -> None:
    with suppress(BadTarget):
        assert isinstance(parse_board("any", anything), Board)
