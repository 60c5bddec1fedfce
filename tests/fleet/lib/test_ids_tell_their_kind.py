"""Public ids: a prefix, then randomness in an alphabet that can be read aloud."""

from fleet.lib.ids import ALPHABET, MAX_LENGTH, RANDOM_LENGTH, new_id


def test_an_id_has_its_prefix_and_a_known_shape() -> None:
    prefix, _, rest = new_id("ver").partition("_")
    assert prefix == "ver"
    assert len(rest) == RANDOM_LENGTH
    assert set(rest) <= set(ALPHABET)
    assert len(new_id("assignment")) <= MAX_LENGTH


def test_ids_do_not_repeat_and_hold_no_look_alikes() -> None:
    assert len({new_id("dev") for _ in range(2000)}) == 2000
    assert not set("ilou") & set(ALPHABET)
