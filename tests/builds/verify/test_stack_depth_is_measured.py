from pathlib import Path

import pytest

from builds.verify import golden_inputs
from builds.verify.engines import run_emulator
from tests.builds.verify.subjects import BYTES16, subject

pytestmark = [pytest.mark.toolchain, pytest.mark.emulator]
INPUTS = golden_inputs(BYTES16, vectors=3)
DEEP = """
  volatile int8_t local[{size}];
  for (int i = 0; i < {size}; ++i) local[i] = arena[i & 15];
  arena[16] = local[3];
"""


def depth(workdir: Path, body: str, target: str) -> int:
    return int(run_emulator(subject(workdir, body, target=target), INPUTS).facts["stack_bytes"])


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus", "rv32imc", "linux-x86_64"])
def test_a_local_array_shows_in_full(target: str, tmp_path: Path) -> None:
    small = depth(tmp_path, DEEP.format(size=1024), target)
    large = depth(tmp_path, DEEP.format(size=1024 + 1024), target)
    assert 1024 <= small < 1280
    assert 1000 <= large - small <= 1048


def test_the_deepest_vector_counts(tmp_path: Path) -> None:
    body = "if (arena[0] == 127) {" + DEEP.format(size=512) + "}"
    only_third = run_emulator(subject(tmp_path, body), INPUTS[:2]).facts["stack_bytes"]
    assert depth(tmp_path, body, "cortex-m4f") >= only_third
    assert depth(tmp_path, body, "cortex-m4f") >= 512
