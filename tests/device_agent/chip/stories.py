"""What a gateway does with a chip, and what it then sees."""

import hashlib
from collections.abc import Mapping
from typing import Any

from tests.simulators.board import (
    CONFIRM,
    IDENTITY,
    PROOF,
    SLOTS,
    SWITCH,
    Line,
    Refused,
)
from tests.waiting import until

EMPTY, RECEIVING, READY, TRIAL, GOOD, BAD = range(6)
PASSED, FAILED = 2, 3
NO_SLOT = 2


def sha_of(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def switch(line: Line, data: bytes, counter: int = 1, **more: bytes) -> Any:
    return line.ask(SWITCH, {"sha": sha_of(data), "counter": counter, **more}, write=True)


def bring(line: Line, data: bytes, counter: int = 1) -> None:
    """A whole update: sent, switched, proved, confirmed."""
    line.upload(data, sha_of(data))
    switch(line, data, counter)
    assert line.ask(PROOF)["state"] == PASSED
    line.ask(CONFIRM, {"sha": sha_of(data)}, write=True)


def slots(line: Line) -> Mapping[str, Any]:
    answer = line.ask(SLOTS)
    assert isinstance(answer, dict)
    return answer


def running(line: Line) -> str:
    """The version that runs."""
    identity = line.ask(IDENTITY)
    return str(identity["model"]["version"]) if "model" in identity else ""


def state_of(line: Line, data: bytes) -> int:
    held = (one for one in slots(line)["slots"] if one.get("digest") == sha_of(data))
    return int(next(held)["state"])


def reset_behind(line: Line, boot: int) -> None:
    """Wait until the chip has started again by itself."""
    until(lambda: line.ask(IDENTITY)["boot"] > boot, "the chip has started again")


def code_of_refusal(line: Line, data: bytes, counter: int = 1, **more: bytes) -> int:
    try:
        switch(line, data, counter, **more)
    except Refused as refusal:
        return refusal.code
    return 0
