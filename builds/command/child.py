"""The jailed child of the commands `builds.compiler` and `builds.export`: a model and options in
the work folder become files there.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from builds.command.jailed import ARCHIVE, MODELS, OPTIONS, OUT, Command
from builds.compiler import cli as compiler
from builds.export import cli as export
from builds.jailed.child import run_child
from builds.targets import UnknownTarget

REFUSALS = (*compiler.REFUSALS, *export.REFUSALS, UnknownTarget)


def main() -> int:
    """Do what the options of the current folder say."""
    return run_child(_work, REFUSALS)


def _work() -> dict[str, Any]:
    here = Path.cwd()
    told = json.loads((here / OPTIONS).read_bytes())
    options = argparse.Namespace(**told["options"])
    model = next((here / MODELS).iterdir())
    if told["command"] == Command.COMPILE:
        return {"report": compiler.run(model, here / OUT, options)}
    options.model, options.out = model, Path(options.out)
    (here / ARCHIVE).write_bytes(export.export(options))
    return {}


if __name__ == "__main__":
    sys.exit(main())
