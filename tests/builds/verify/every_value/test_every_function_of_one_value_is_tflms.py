"""Every function of one value that the compiler makes is TFLM's, for all that can go in."""

import pytest

from tests.builds.verify.every_value.functions import KINDS, TURNS, checked, model

pytestmark = [pytest.mark.toolchain]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_all_values_are_equal_at_many_scales(kind: str) -> None:
    found = checked(model(kind, seed=1))
    assert found.difference is None
    assert found.unchecked == ()
    assert found.functions == TURNS
