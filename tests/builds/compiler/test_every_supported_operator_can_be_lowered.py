from builds.compiler.graph.opcodes import OPERATORS, OWN
from builds.compiler.operators.table import CONSTRAINTS, LOWERING_TABLE, MADE, REMOVED


def test_what_is_checked_is_lowered() -> None:
    assert set(CONSTRAINTS) | MADE == set(LOWERING_TABLE) | REMOVED


def test_only_what_renames_a_shape_is_removed() -> None:
    assert {"RESHAPE", "SQUEEZE", "EXPAND_DIMS"} == REMOVED


def test_names_are_those_of_the_schema_or_our_own() -> None:
    assert set(CONSTRAINTS) <= {*OPERATORS, *OWN}
    assert set(CONSTRAINTS) >= set(OWN)


def test_every_constraint_is_one_sentence() -> None:
    for rules in CONSTRAINTS.values():
        for rule in rules:
            text = rule.__doc__ or ""
            assert text.endswith("."), rule.__name__
            assert "\n" not in text, rule.__name__


def test_the_operators_of_convolutional_networks_are_there() -> None:
    assert {"CONV_2D", "ADD", "MUL", "SOFTMAX", "PAD", "CONCATENATION"} <= set(CONSTRAINTS)
