"""The chip's library is compiled once for all tests of this folder."""

import ctypes

import pytest

from tests.device_agent.chip.host import host_library


@pytest.fixture(scope="session")
def chip(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    return host_library(tmp_path_factory.mktemp("chip"))
