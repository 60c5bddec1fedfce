"""A board with model slots is a target of its own, with the CPU profile of its processor."""

import re

import pytest

from builds.targets import (
    BadTarget,
    all_slot_boards,
    all_targets,
    is_target,
    load_target,
    parse_slot_board,
    slot_board,
    takes_images,
    target_names,
)
from device_agent.chip import HOME

TEXT = """\
title = "Ours"
target = "cortex-m4f"
slots = [0x21310000, 0x21380000]
slot_bytes = 0x70000
run = 0x20200000
run_bytes = 0x70000
ram = 0x20100000
ram_bytes = 0x100000
"""


def header_number(name: str) -> int:
    header = (HOME / "board" / "board.h").read_text("utf-8")
    found = re.search(rf"#define EF_BOARD_{name} (0x[0-9A-F]+)u", header)
    assert found is not None
    return int(found.group(1), 16)


def test_it_is_found_by_name_and_is_not_one_of_all() -> None:
    board = load_target("mps2-an386")
    profile = load_target("cortex-m4f")
    assert (board.cpu, board.cflags, board.kind) == (profile.cpu, profile.cflags, profile.kind)
    assert is_target(board.name)
    assert board.name not in target_names()
    assert board.name not in {target.name for target in all_targets()}


def test_boards_and_microcontrollers_take_images_and_hosts_do_not() -> None:
    taking = {name for name in (*target_names(), "host-x86_64") if takes_images(load_target(name))}
    assert {"host-x86_64", "cortex-m4f", "rv32imc"} <= taking
    assert not taking & {"linux-x86_64", "wasm32"}


def test_no_board_takes_the_name_of_a_profile() -> None:
    assert not {board.name for board in all_slot_boards()} & set(target_names())
    assert slot_board("cortex-m4f") is None


@pytest.mark.parametrize("name", ["mps2-an386", "host-x86_64"])
def test_the_map_is_the_one_of_the_firmware(name: str) -> None:
    board = slot_board(name)
    assert board is not None
    flash, size = header_number("FLASH"), header_number("SLOT_BYTES")
    places = board.places
    assert places.slots == (flash + header_number("SLOT_A"), flash + header_number("SLOT_B"))
    assert (places.slot_bytes, places.run) == (size, header_number("RUN"))
    assert (places.ram, places.ram_bytes) == (
        header_number("MODEL_RAM"),
        header_number("MODEL_RAM_BYTES"),
    )


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"cortex-m4f"', '"z80"', "there is no target 'z80'"),
        ('"Ours"', "7", "must be texts"),
        ("[0x21310000, 0x21380000]", "[0x21310000]", "two addresses"),
        ("0x21380000", "0x21330000", "must not overlap"),
        ("run = 0x20200000", "run = 0x20200001", "multiples of 32"),
        ("ram_bytes = 0x100000", "ram_bytes = true", "multiples of 32"),
        ("run_bytes = 0x70000\n", "", "missing or unknown fields: run_bytes"),
        ("title =", "name =", "missing or unknown fields: name, title"),
        ("title =", "title", "board ours: "),
    ],
)
def test_what_a_board_cannot_be_is_refused(old: str, new: str, why: str) -> None:
    with pytest.raises(BadTarget, match=re.escape(why)):
        parse_slot_board("ours", TEXT.replace(old, new))
    assert parse_slot_board("ours", TEXT).places.slot_bytes == 0x7_0000
