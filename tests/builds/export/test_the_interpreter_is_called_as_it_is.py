"""The export for the interpreter calls functions that the interpreter has, with their parameters.

The headers of TensorFlow Lite Micro come with no package, but the interpreter that measures the
arena is a library with their functions: its symbols name every parameter.
"""

import platform
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from builds.compiler.operators.table import LOWERING_TABLE, MADE
from builds.export.arena import Measured
from builds.export.resolver import RESOLVER_FUNCTIONS
from builds.export.tflm import sources
from builds.targets import load_target
from builds.toolchain.clang import Clang
from builds.toolchain.elf import Elf
from tests.builds.compiler.trainings import compiled_apart
from tests.builds.export.exports import model
from tests.builds.export.test_the_interpreter_export import NOT_IN_TFLM, STAND_IN

LINUX = (platform.system(), platform.machine()) == ("Linux", "x86_64")
pytestmark = [
    pytest.mark.usefixtures("as_a_customer"),
    pytest.mark.toolchain,
    pytest.mark.skipif(
        not LINUX or find_spec("tflite_micro") is None,
        reason="the interpreter's package for Linux on x86-64 is not installed",
    ),
]
KINDS = ("CONV_2D", "FULLY_CONNECTED", "SOFTMAX")


@cache
def symbols() -> frozenset[str]:
    """All that the interpreter's library names."""
    spec = find_spec("tflite_micro")
    assert spec is not None
    assert spec.origin is not None
    (library,) = Path(spec.origin).parent.rglob("_runtime.so")
    return frozenset(s.decode() for s in re.findall(rb"_Z[A-Za-z0-9_]{6,}", library.read_bytes()))


def called(folder: Path, variables: int) -> set[str]:
    """What the exported source asks a linker for, apart from what headers define in place."""
    graph = compiled_apart(model(), "cortex-m4f").graph
    made = sources(graph, model(), Measured(640, KINDS, variables, "none"))
    for name, content in made.items():
        (folder / name).write_text(content)
    flags = [f"-I{STAND_IN}", "-DEF_STAND_IN_NEW", "-fno-threadsafe-statics"]
    out = folder / "out.o"
    Clang().compile(folder / "interpreter.cc", out, load_target("linux-x86_64"), flags)
    return {name for name in Elf(out.read_bytes()).undefined if name.startswith("_ZN6tflite")}


def in_the_library(name: str) -> bool:
    """The resolver is a template and the model's accessors are inline: headers define those."""
    return not any(part in name for part in ("MutableOpResolver", "GetModel", "5Model7version"))


@pytest.mark.parametrize("variables", [0, 2])
def test_every_function_it_calls_is_there_with_its_parameters(
    variables: int, tmp_path: Path
) -> None:
    found = set(filter(in_the_library, called(tmp_path, variables)))
    assert sum("16MicroInterpreter" in name for name in found) >= 6
    assert found <= symbols()


@pytest.mark.parametrize("kind", sorted(set(LOWERING_TABLE) - NOT_IN_TFLM - MADE))
def test_every_operator_that_we_compile_can_be_registered(kind: str) -> None:
    assert any(f"Register_{kind}E" in name for name in symbols())


def test_no_name_in_the_resolver_s_table_is_unknown_to_the_interpreter() -> None:
    found = (re.search(r"\dRegister_([A-Z0-9_]+)Ev$", name) for name in symbols())
    held = {match[1] for match in found if match}
    assert set(RESOLVER_FUNCTIONS) <= held
    assert not NOT_IN_TFLM & held
