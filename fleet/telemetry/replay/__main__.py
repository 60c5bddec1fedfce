"""`python -m fleet.telemetry.replay FOLDER [--json]`: what would have been told, and when."""

import argparse
import json
import sys
from pathlib import Path

from fleet.telemetry.replay.errors import BadFolder
from fleet.telemetry.replay.folder import read_folder
from fleet.telemetry.replay.report import report, text
from fleet.telemetry.replay.run import replay


def main(argv: list[str] | None = None) -> int:
    """Print the outcome; 2 when the folder cannot be replayed."""
    parser = argparse.ArgumentParser(prog="python -m fleet.telemetry.replay", description=__doc__)
    parser.add_argument("folder", type=Path, help="windows.npz, schema.json, reference.json, ...")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    given = parser.parse_args(argv)
    try:
        folder = read_folder(given.folder)
        found = report(folder, replay(folder))
    except BadFolder as error:
        sys.stderr.write(f"{error}\n")
        return 2
    lines = [json.dumps(found, indent=1)] if given.json else list(text(found))
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
