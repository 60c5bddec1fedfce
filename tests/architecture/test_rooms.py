"""The house keeps its rules; what does not yet is listed in `misses.toml`, which only shrinks."""

import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain

import pytest

from tests.architecture.house import lines, read
from tests.architecture.rules import floors, suites, whole, words

# One process reads the house.
pytestmark = pytest.mark.xdist_group("architecture")

Rule = Callable[[], Iterator[str]]
RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        floors.no_family_shares_a_first_word,
        floors.floors_are_small,
        floors.apps_have_the_same_frame,
        floors.every_floor_has_its_contract,
        floors.selectors_only_read,
        floors.a_facade_is_all_or_nothing,
        floors.small_and_alone_is_merged,
        words.a_class_name_is_used_once,
        words.the_wire_s_words_are_in_the_protocol,
        words.an_enum_s_value_is_not_typed_again,
        words.no_any_between_our_own_modules,
        words.one_rule_is_one_function,
        words.sentences_are_english,
        words.errors_are_sentences,
        words.private_names_say_the_act,
        suites.tests_stand_where_their_room_stands,
        suites.a_test_asserts,
        whole.every_signal_has_a_receiver,
        whole.every_setting_has_a_reader,
        whole.every_file_that_is_named_is_there,
        whole.every_module_of_a_migration_imports,
        whole.salts_stay,
        whole.public_addresses_stay,
    )
}


@cache
def found(name: str) -> list[str]:
    """What a rule finds; the whole house is read for it, so once."""
    return lines(RULES[name]())


LISTED: dict[str, list[str]] = tomllib.loads(read("tests/architecture/misses.toml"))


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_kept_but_for_what_is_listed(name: str) -> None:
    assert [miss for miss in found(name) if miss not in LISTED.get(name, [])] == []


@pytest.mark.parametrize("name", RULES)
def test_the_list_holds_nothing_that_was_mended(name: str) -> None:
    assert [miss for miss in LISTED.get(name, []) if miss not in found(name)] == []


def test_every_list_belongs_to_a_rule() -> None:
    assert set(LISTED) <= set(RULES)
    assert sum(1 for _ in chain(*LISTED.values())) == len({*chain(*LISTED.values())})
