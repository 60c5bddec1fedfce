from builds.compiler.constraints.table import CONSTRAINTS, MADE
from builds.compiler.graph.opcodes import OPERATORS
from builds.compiler.kernels.table import FAMILIES

FREE = {"RESHAPE", "SQUEEZE", "EXPAND_DIMS"}  # a pass removes them


def test_what_is_checked_is_lowered() -> None:
    assert set(CONSTRAINTS) | MADE == set(FAMILIES) | FREE


def test_names_are_those_of_the_schema() -> None:
    assert set(CONSTRAINTS) <= set(OPERATORS)


def test_every_constraint_is_one_sentence() -> None:
    for rules in CONSTRAINTS.values():
        for rule in rules:
            text = rule.__doc__ or ""
            assert text.endswith("."), rule.__name__
            assert "\n" not in text, rule.__name__


def test_the_operators_of_convolutional_networks_are_there() -> None:
    assert {"CONV_2D", "ADD", "MUL", "SOFTMAX", "PAD", "CONCATENATION"} <= set(CONSTRAINTS)
