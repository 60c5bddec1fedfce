"""A loop that reads or writes too far is seen, in the arena and in the weights: they have red
zones although they lie in sections of their own.
"""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from builds.compiler import Compiled, compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.crowd import FLAGS as CROWD_FLAGS
from tests.builds.compiler.crowd import Crowd
from tests.builds.compiler.networks import Conv, Net
from tests.builds.compiler.operators.filters.conv_2d import add_conv
from tests.builds.compiler.sanitizers import COMPILER, assert_runs_clean

pytestmark = pytest.mark.skipif(
    shutil.which(COMPILER) is None, reason="g++ with its sanitizers is not installed"
)
INVOKE = "  const int32_t refused = ef_begin();\n"
# A pointer that nobody can follow at compile time: what is seen is seen by the red zones.
BEYOND = "  static volatile uintptr_t place = reinterpret_cast<uintptr_t>({object}) + {offset};\n"
READ = "  if (*reinterpret_cast<volatile int8_t *>(place) == 77) return 99;\n"
WRITE = "  *reinterpret_cast<volatile int8_t *>(place) = 1;\n"


def model() -> Compiled:
    net = Net(3)
    add_conv(net, Conv(5, 4, 3, 4, (3, 3)))
    return compile_model(net.build(), load_target("rv32imc"))


def spoilt(made: Compiled, line: str) -> Compiled:
    text = made.files["model.cc"]
    assert INVOKE in text
    return replace(made, files={**made.files, "model.cc": text.replace(INVOKE, INVOKE + line)})


def weights(made: Compiled) -> tuple[str, int]:
    """The first array of weights, and its bytes."""
    found = re.search(
        r"^EF_WEIGHTS const (int8_t|int32_t) (\w+)\[(\d+)\]", made.source, re.MULTILINE
    )
    assert found is not None
    return found[2], int(found[3]) * {"int8_t": 1, "int32_t": 4}[found[1]]


def overruns() -> dict[str, str]:
    made = model()
    array, size = weights(made)
    arena = max(made.plan.peak_bytes, 8)
    return {
        "read just past the arena": BEYOND.format(object="ef_arena", offset=arena) + READ,
        "write just past the arena": BEYOND.format(object="ef_arena", offset=arena) + WRITE,
        "read before the arena": BEYOND.format(object="ef_arena", offset=-1) + READ,
        "read just past the weights": BEYOND.format(object=array, offset=size) + READ,
        "read before the weights": BEYOND.format(object=array, offset=-1) + READ,
    }


@pytest.mark.parametrize("what", sorted(overruns()))
def test_a_pointer_that_overruns_is_seen(what: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="global-buffer-overflow"):
        assert_runs_clean(spoilt(model(), overruns()[what]), tmp_path)


@pytest.mark.parametrize("what", sorted(overruns()))
def test_it_is_seen_at_the_flags_of_the_mutation_run(what: str) -> None:
    crowd = Crowd()
    crowd.add("well", model())
    crowd.add("spoilt", spoilt(model(), overruns()[what]))
    (fault,) = crowd.finish()
    assert fault.startswith("spoilt: sanitizer:")
    assert "global-buffer-overflow" in fault


def test_without_the_flag_it_would_not_be_seen(tmp_path: Path) -> None:
    made = spoilt(model(), overruns()["read just past the arena"])
    for name, text in made.files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "main.cc").write_text(
        '#include "model.h"\nint main() { return ef_init() + ef_invoke(); }\n'
    )
    flags = [flag for flag in CROWD_FLAGS if not flag.startswith("-fsanitize-sections")]
    command = [COMPILER, *flags, "model.cc", "main.cc", "-o", "program"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    assert subprocess.run([tmp_path / "program"], check=False, timeout=60).returncode == 0
