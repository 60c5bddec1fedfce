"""What a policy may name as a gate is measured, and told to people."""

import pytest

from ota.engine.states import Gate
from ota.rollouts.gates import GATES


def test_every_gate_is_measured() -> None:
    assert set(GATES) == set(Gate)


@pytest.mark.parametrize("gate", Gate)
def test_every_gate_has_its_words(gate: Gate) -> None:
    assert gate.promise
    assert gate.promise[0].islower()
