"""The agent at rest fits its budgets: memory and bytes here, processor time when it is measured."""

import pytest

from tests.agent.budget import POLL_BYTES, RESIDENT_BYTES, measure
from tests.agent.conftest import Compile


@pytest.mark.e2e
@pytest.mark.toolchain
def test_an_agent_that_holds_a_model_is_small_and_says_little(compiled: Compile) -> None:
    # Processor time is not judged here: other tests run beside this one.
    cost = measure(compiled(), seconds=1.0, poll_seconds=0.2)
    assert cost.resident_bytes <= RESIDENT_BYTES
    assert cost.poll_bytes <= POLL_BYTES
    assert cost.processor_share < 1.0
