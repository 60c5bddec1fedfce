"""What compiles exported sources as a customer would, with headers and build systems of others."""

import pytest

from fleet.lib.jail import Mode


@pytest.fixture
def as_a_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tools run as on a machine without a jail: customers' sources and CMake's compilers are not
    among what it shows.
    """
    monkeypatch.setattr("builds.toolchain.run.jail_mode", lambda: Mode.NONE)
