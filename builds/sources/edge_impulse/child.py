"""The jailed child that reads an archive of Edge Impulse: it leaves the network, and what it is."""

import io
import sys
from pathlib import Path
from typing import Any

from builds.compiler.errors import CompileError
from builds.jailed.ending import leave_result
from builds.recipes.quantize.protocol import JobFile
from builds.sources.admission.child import outline
from builds.sources.edge_impulse.files import ARCHIVE_FILE
from builds.sources.edge_impulse.network import network
from fleet.lib.errors import Refused, TooLarge


def main() -> int:
    """Read the archive of the current folder."""
    return leave_result(_read, refused=(CompileError, Refused, TooLarge))


def _read() -> dict[str, Any]:
    tflite = network(io.BytesIO(Path(ARCHIVE_FILE).read_bytes()))
    Path(JobFile.TFLITE).write_bytes(tflite)
    return outline(tflite)


if __name__ == "__main__":
    sys.exit(main())
