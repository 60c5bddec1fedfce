"""A small form of `make chip-fuzz`: whatever arrives on a chip's line, memory stays whole, an
answer is an answer, and a good model is left.
"""

from pathlib import Path

import pytest

from tests.device_agent.chip.fuzz import compile_loop, write_seeds
from tests.device_agent.chip.native import figures, needs_gxx

pytestmark = [pytest.mark.toolchain, needs_gxx]
EXECUTIONS = 60_000
EDGES = 700  # of about 860 that ten million executions reach


def test_mutated_requests_find_nothing(tmp_path: Path) -> None:
    found = figures(compile_loop(tmp_path), EXECUTIONS, 7, write_seeds(tmp_path / "corpus"))
    assert found["executions"] == EXECUTIONS
    assert found["edges"] >= EDGES
