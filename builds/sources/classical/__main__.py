"""`python -m builds.sources.classical MODEL --out MODEL.tflite`: a classical model without the
service, read in the jail, for `python -m builds.compiler`.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from builds.sources.classical.files import ClassicalFile
from builds.sources.classical.run import quantize_classical
from fleet.lib.errors import FleetError

REFUSED = 2
SECONDS = 600.0
ENDINGS = {".json": ClassicalFile.JSON, ".onnx": ClassicalFile.ONNX, ".skops": ClassicalFile.SKOPS}


def main() -> int:
    """Exit 0 with the file and its figures, 2 with one sentence."""
    parser = argparse.ArgumentParser(prog="python -m builds.sources.classical")
    parser.add_argument("model", type=Path, help="a .json description, an .onnx or a .skops file")
    parser.add_argument("--out", type=Path, required=True, help="the .tflite to write")
    parser.add_argument("--samples", type=Path, help="an .npz whose x chooses the input's type")
    options = parser.parse_args()
    try:
        sys.stdout.write(_made(options) + "\n")
    except (FleetError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    return 0


def _made(options: argparse.Namespace) -> str:
    source = ENDINGS.get(options.model.suffix)
    if source is None:
        raise FleetError(f"{options.model.name} ends in none of {', '.join(ENDINGS)}.")
    samples = options.samples.read_bytes() if options.samples else None
    with tempfile.TemporaryDirectory(prefix="edgefleet-classical-") as folder:
        made = quantize_classical(
            source,
            content=options.model.read_bytes(),
            calibration_npz=samples,
            workdir=Path(folder),
            deadline_seconds=SECONDS,
        )
    options.out.write_bytes(made.tflite)
    return json.dumps(dict(made.figures), indent=2, sort_keys=True)


if __name__ == "__main__":
    sys.exit(main())
