"""The networks of the manual's table are equal in every engine, and use the least memory."""

from pathlib import Path

import pytest

from tests.builds.compiler.other_networks import NETWORKS, line, row

PHASE_BYTES = 1  # says whether the model was initialised and filled

pytestmark = [pytest.mark.toolchain, pytest.mark.emulator]


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_network_is_proved_and_its_plan_is_optimal(name: str, tmp_path: Path) -> None:
    found = row(name, "cortex-m4f", tmp_path)
    assert line(name, [found]).startswith(f"| {name} | {found.numbers.flash:,} |")
    assert found.numbers.ram == found.bound_bytes + PHASE_BYTES
