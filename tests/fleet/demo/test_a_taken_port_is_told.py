"""A demonstration that talked to somebody else's service would mislead: a taken port ends it."""

import socket

import pytest

from fleet.demo.service import require_free


def test_a_taken_port_ends_it_with_a_sentence_and_a_free_one_does_not() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        bind = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(SystemExit, match=f"listens at {bind}"):
            require_free(bind)
    require_free(bind)
