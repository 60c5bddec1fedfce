"""The jailed child that makes a build: an order and a model in the work folder become files and a
report there.

What it says on its way are lines: `enter STAGE`, and `did STAGE SECONDS TEXT`.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from builds.choices import Arithmetic, Optimise, Stage, Weights
from builds.jailed.asking import said
from builds.jailed.child import run_child
from builds.pipeline.facts import MODEL, ORDER, OUT
from builds.pipeline.stages.found import report_of
from builds.pipeline.stages.make import REFUSALS
from builds.pipeline.stages.order import BuildOrder, Impossible, StageLog, StageResults
from builds.pipeline.stages.table import JAILED, follow
from builds.pipeline.stages.work import Work
from builds.targets import load_target

FOLDER: Final = "build"
REFUSED: Final[tuple[type[Exception], ...]] = (Impossible, *REFUSALS)


def main() -> int:
    """Make the build of the current folder."""
    return run_child(_work, REFUSED)


def run_stages(order: BuildOrder, folder: Path, log: StageLog) -> StageResults:
    """Run all stages of the child, in whatever process."""
    work = Work(order, folder)
    for row in JAILED:
        work = follow(row, work, log)
    return StageResults(report_of(work), work.outputs, work.unsigned, work.compiled.abi)


def read_order(folder: Path) -> BuildOrder:
    """The order as it was given."""
    found = json.loads((folder / ORDER).read_bytes())
    return BuildOrder(
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
    build, out = here / FOLDER, here / OUT
    build.mkdir()
    out.mkdir()
    made = run_stages(read_order(here), build, Speaking())
    parts = [output.data for output in made.outputs] + [each.payload for each in made.unsigned]
    for number, data in enumerate(parts):
        (out / str(number)).write_bytes(data)
    return {
        "outputs": [[output.kind.value, output.filename] for output in made.outputs],
        "unsigned": [[each.kind.value, each.filename] for each in made.unsigned],
        "report": made.report,
        "abi": made.abi,
    }


class Speaking:
    """Tells the worker of each stage, a line at a time."""

    def enter(self, stage: Stage) -> None:
        """A stage begins."""
        said(["enter", stage.value])

    def note(self, stage: Stage, seconds: float, text: str) -> None:
        """A stage has ended."""
        said(["did", stage.value, f"{seconds:.3f}", text])


if __name__ == "__main__":
    sys.exit(main())
