"""Where nobody takes the connection, it is said within 3 s."""

import httpx
import pytest

from fleet.cli.rest.client import CONNECTS, TIMEOUT
from fleet.cli.rest.retry import WAIT_FIRST
from tests.fleet.cli.terminal import Terminal


@pytest.mark.parametrize("error", CONNECTS)
def test_a_dead_service_is_not_asked_for_long(
    terminal: Terminal, error: type[httpx.TransportError]
) -> None:
    def dead(request: httpx.Request) -> httpx.Response:
        raise error("nobody there", request=request)

    terminal.way.before = [dead] * 5
    assert terminal.run("model", "list") == 3
    assert "does not answer" in terminal.err
    assert len(terminal.way.requests) == CONNECTS[error]


def test_refused_connections_and_one_silent_one_end_within_three_seconds() -> None:
    assert TIMEOUT.connect is not None
    assert TIMEOUT.connect + WAIT_FIRST <= 3
