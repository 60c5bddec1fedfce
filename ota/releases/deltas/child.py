"""The jailed child that makes a delta: `old` and `new` of the work folder become `delta`, which
was applied before it is left.
"""

import sys
from pathlib import Path
from typing import Any, Final

from builds.jailed.ending import leave_result
from device_agent.protocol.delta.sequential import apply_patch
from ota.releases.deltas.write import make_delta

OLD: Final = "old"
NEW: Final = "new"
DELTA: Final = "delta"


class NotEqual(Exception):
    """The delta does not make the file: a fault of ours."""


def main() -> int:
    """Make the delta of the current folder."""
    return leave_result(_work, refused=())


def _work() -> dict[str, Any]:
    here = Path.cwd()
    old, new = (here / OLD).read_bytes(), (here / NEW).read_bytes()
    (here / DELTA).write_bytes(make_delta(old, new))
    _require_equal(here / DELTA, old, new)
    return {}


def _require_equal(delta: Path, old: bytes, new: bytes) -> None:
    made = bytearray()
    with delta.open("rb") as file:
        apply_patch(file, lambda at, size: old[at : at + size], len(old), len(new), made.extend)
    if made != new:
        raise NotEqual("The delta makes another file.")


if __name__ == "__main__":
    sys.exit(main())
