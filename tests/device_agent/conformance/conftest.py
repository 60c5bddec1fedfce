"""The TUF specification's workflow, judged as the public conformance suite judges a client.

The cases are those of theupdateframework/tuf-conformance, told and made anew: what counts is the
exit code, the files in the metadata folder, the artifacts in the target folder and the requests
that the repository saw.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.device_agent.simulators.repository import serving
from tests.device_agent.simulators.tuf_commands import TufClient
from tests.device_agent.simulators.tuf_history import TufHistory


@pytest.fixture
def repository() -> TufHistory:
    return TufHistory()


@pytest.fixture
def stranger(repository: TufHistory, memory_path: Path) -> Iterator[TufClient]:
    """A client that has not been given a root yet."""
    with serving(repository) as url:
        yield TufClient(memory_path, url)


@pytest.fixture
def client(repository: TufHistory, stranger: TufClient) -> TufClient:
    """A client that trusts the repository's first root."""
    assert stranger.init(repository.published["root"][0]) == 0
    return stranger
