"""A product's own board is a file of a few lines, read with the same care as those that ship."""

from pathlib import Path

import pytest

from builds.targets import BadTarget, UnknownBoard, all_boards, load_board, parse_board, read_board
from builds.targets.mcuboot_boards import BOARD_BYTES

OURS = """\
title = "Our sensor"
target = "cortex-m4f"
slot_address = 0x00200000
slot_bytes = 0x40000
ram_address = 0x20100000
ram_bytes = 0x10000
header_bytes = 0x200
write_align = 4
"""


def test_a_file_is_a_board_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "sensor-2.toml").write_text(OURS)
    board = parse_board(*read_board(str(tmp_path / "sensor-2.toml")))
    assert (board.name, board.slot_address, board.write_align) == ("sensor-2", 0x0020_0000, 4)


@pytest.mark.parametrize("board", all_boards(), ids=lambda board: board.name)
def test_a_name_is_one_that_ships(board: object) -> None:
    name = getattr(board, "name", "")
    assert parse_board(*read_board(name)) == board == load_board(name)


def test_a_name_that_nobody_knows_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownBoard, match="no board 'zx81'; the boards are: esp32-c3"):
        read_board("zx81")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\xfe", "not text in UTF-8"),
        (b"#" * (BOARD_BYTES + 1), "at most 16384 bytes"),
    ],
)
def test_a_file_that_is_no_text_is_refused(data: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_bytes(data)
    with pytest.raises(BadTarget, match=why):
        read_board(str(tmp_path / "bad.toml"))
    with pytest.raises(UnknownBoard, match="cannot be read"):
        read_board(str(tmp_path / "absent.toml"))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"cortex-m4f"', '"z80"', "there is no target 'z80'"),
        ("0x20100000", "0x00230000", "must not overlap"),
        ("ram_bytes = 0x10000", "ram_bytes = 0xfffffff0000", "within 32 bits"),
        ("write_align = 4", "write_align = 7", "one of 1, 2, 4, 8, 16, 32"),
    ],
)
def test_a_board_that_cannot_be_is_refused(old: str, new: str, why: str) -> None:
    with pytest.raises(BadTarget, match=why):
        parse_board("ours", OURS.replace(old, new))


@pytest.mark.parametrize("name", ["", "../x", "a b", "ö", "x" * 65])
def test_a_board_s_name_is_plain(name: str) -> None:
    with pytest.raises(BadTarget, match="a board's name"):
        parse_board(name, OURS)
