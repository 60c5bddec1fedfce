"""Equal inputs give equal bytes; names and constants are valid C++."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from builds.compiler import Recipe, compile_model
from builds.compiler.emit.header import comment
from builds.compiler.emit.literals import array
from builds.compiler.operators.common.lowered_op import constant
from builds.compiler.operators.common.naming import identifier
from builds.targets.catalog import load_target
from tests.builds.compiler.models_of_every_kind import mixed_model
from tests.builds.compiler.networks import Conv, Net
from tests.builds.compiler.operators.filters.depthwise_conv_2d import add_depthwise

M4 = load_target("cortex-m4f")


def test_two_compiles_give_the_same_bytes() -> None:
    assert compile_model(mixed_model(), M4).files == compile_model(mixed_model(), M4).files


def test_recipes_differ_in_flags_and_not_in_memory() -> None:
    made = {r: compile_model(mixed_model(), M4, recipe=r) for r in Recipe}
    assert len({c.cflags for c in made.values()}) == 3
    assert len({c.arena_bytes for c in made.values()}) == 1
    assert "always_inline" in made[Recipe.SPEED].files["model.cc"]


def test_the_header_says_what_a_caller_needs() -> None:
    text = compile_model(mixed_model(), M4).files["model.h"]
    for name in ("EF_INPUTS", "EF_OUTPUT_0_BYTES", "EF_INPUT_0_SCALE", "EF_ARENA_BYTES"):
        assert f"#define {name} " in text
    assert 'extern "C"' in text


def test_every_operator_has_a_function_and_a_comment() -> None:
    compiled = compile_model(mixed_model(), M4)
    text = compiled.files["model.cc"]
    functions = re.findall(r"^EF_STEP void (op\d\d_\w+)\(\) \{$", text, re.M)
    assert functions == list(compiled.step_names)
    assert len(functions) == sum(compiled.ops.values())
    assert "// CONV_2D tensor_2" in text


def test_nothing_from_a_c_library_is_used() -> None:
    text = compile_model(mixed_model(), M4).files["model.cc"]
    assert set(re.findall(r"#include .*", text)) == {'#include "model.h"'}
    assert not re.search(r"\b(malloc|memcpy|memset|printf)\(|\bnew \w|\bthrow\b", text)


class Centred(Net):
    """Layers whose zero points are all 0."""

    def zero(self) -> int:
        """Give the same one always."""
        return 0


def test_equal_constants_are_kept_once() -> None:
    net = Centred(7)
    for _ in range(2):
        add_depthwise(net, Conv(4, 4, 4, 1, (2, 2)))
    text = compile_model(net.build(), M4).files["model.cc"]
    assert text.count("_outside[") == 1
    assert text.count("_outside,") == 2


@given(st.text(max_size=80))
def test_any_name_becomes_an_identifier(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9_]{1,40}", identifier(name))


@given(st.text(max_size=200))
def test_any_name_is_harmless_in_a_comment(name: str) -> None:
    assert not re.search(r"[\n\\/*?]", comment(name))


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=40))
def test_arrays_print_every_value(values: list[int]) -> None:
    text = array(constant("numbers", "int32_t", values))
    found = text.split("{")[1].split("}")[0].replace("INT32_MIN", str(-(2**31)))
    assert [int(v) for v in found.split(",")] == values


def test_real_numbers_print_exactly() -> None:
    text = array(constant("reals", "float", np.array([0.1, 1.0])))
    assert "0x1.99999a0000000p-4f" in text
