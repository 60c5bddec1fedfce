"""The jailed child that makes a build: an order and a model in the work folder become files and a
report there.

What it says on its way are lines: `enter STAGE`, and `did STAGE SECONDS TEXT`.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, Final

from builds.choices import Arithmetic, Optimise, Stage, Weights
from builds.jailed.asking import said
from builds.jailed.child import run_child
from builds.pipeline.facts import MODEL, ORDER, OUT
from builds.pipeline.stages.make import make
from builds.pipeline.stages.tools import REFUSALS, real_tools
from builds.pipeline.stages.work import Impossible, Order, Work
from builds.targets import load_target

BUILD: Final = "build"
REFUSED: Final[tuple[type[Exception], ...]] = (Impossible, *REFUSALS)


def main() -> int:
    """Make the build of the current folder."""
    return run_child(_work, REFUSED)


def read_order(folder: Path) -> Order:
    """The order as it was given."""
    found = json.loads((folder / ORDER).read_bytes())
    return Order(
        **found
        | {
            "target": load_target(found["target"]),
            "optimise": Optimise(found["optimise"]),
            "weights": Weights(found["weights"]),
            "arithmetic": Arithmetic(found["arithmetic"]),
            "class_names": tuple(found["class_names"]),
            "int8": (folder / MODEL).read_bytes(),
        }
    )


def _work() -> dict[str, Any]:
    here = Path.cwd()
    build, out = here / BUILD, here / OUT
    build.mkdir()
    out.mkdir()
    made = make(Work(read_order(here), build, real_tools()), _follow)
    parts = [output.data for output in made.outputs] + [each.payload for each in made.unsigned]
    for number, data in enumerate(parts):
        (out / str(number)).write_bytes(data)
    return {
        "outputs": [[output.kind.value, output.filename] for output in made.outputs],
        "unsigned": [[each.kind.value, each.filename] for each in made.unsigned],
        "report": made.report,
        "abi": made.abi,
    }


def _follow(stage: Stage, run: Callable[[], Work], text: Callable[[Work], str]) -> Work:
    said(["enter", stage.value])
    started = monotonic()
    work = run()
    said(["did", stage.value, f"{monotonic() - started:.3f}", text(work)])
    return work


if __name__ == "__main__":
    sys.exit(main())
