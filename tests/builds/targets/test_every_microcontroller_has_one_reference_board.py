import pytest

from builds.targets import Kind, UnknownBoard, all_boards, all_targets, board_for, load_board


@pytest.mark.parametrize(
    "name", [target.name for target in all_targets() if target.kind is Kind.MCU]
)
def test_a_target_has_one_reference_board(name: str) -> None:
    board = board_for(name)
    assert [b for b in all_boards() if b.target == name and b.reference] == [board]
    assert board.slot_bytes > board.header_bytes


def test_boards_come_by_name() -> None:
    names = [board.name for board in all_boards()]
    assert names == sorted(names)
    assert load_board(names[0]) is all_boards()[0]


def test_slots_hold_a_vww_sized_model() -> None:
    assert all(board.slot_bytes >= 250_000 for board in all_boards())


def test_an_unknown_board_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownBoard, match="nucleo-l4r5zi"):
        load_board("toaster")


def test_a_host_has_no_board() -> None:
    with pytest.raises(UnknownBoard, match="linux-x86_64"):
        board_for("linux-x86_64")
