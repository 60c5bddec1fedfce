"""The jailed children that read `.pt2` files: one looks, with our own Python; one converts, with
the Python of the environment `pytorch`.
"""

import sys
from pathlib import Path
from typing import Any

from builds.jailed.ending import leave_result
from builds.recipes.quantize.protocol import Unfit
from builds.sources.pytorch.files import PT2_FILE, UNPACKED_BYTES, Pt2Job
from fleet.lib.errors import Refused, TooLarge
from registry.files.pt2 import Pt2Graph, read


def main(argv: list[str]) -> int:
    """Do one job in the current folder."""
    jobs = {Pt2Job.LOOK: _look, Pt2Job.CONVERT: _convert}
    return leave_result(jobs[Pt2Job(argv[1])], refused=(Unfit, Refused, TooLarge))


def _graph() -> Pt2Graph:
    with Path(PT2_FILE).open("rb") as file:
        return read(file, limit_bytes=UNPACKED_BYTES)


def _look() -> dict[str, Any]:
    graph = _graph()
    return {"io_schema": graph.io_schema(), "ops": dict(graph.ops)}


def _convert() -> dict[str, Any]:
    from builds.sources.pytorch.convert import convert  # noqa: PLC0415 - runs in another Python

    return convert(_graph())


if __name__ == "__main__":
    sys.exit(main(sys.argv))
