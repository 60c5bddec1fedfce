"""The worker's side of Edge Impulse's archives: looked at by admission, and read for a build.

Guarantees: nothing of the archive is parsed in this process; every failure is one sentence.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from builds.jailed.running import ChildLimits, JailedModule, child
from builds.recipes.quantize.protocol import JobFile
from builds.recipes.quantize.run import MEMORY_BYTES, TFLITE_BYTES
from builds.sources.edge_impulse.files import ARCHIVE_FILE

OWN: Final = "EdgeFleet's reader of Edge Impulse archives"
READER: Final = JailedModule(
    "builds.sources.edge_impulse.child",
    ChildLimits(deadline_seconds=60.0, memory_bytes=MEMORY_BYTES),
    packages=("builds", "registry"),
    engine="The reader of the Edge Impulse archive",
)


def look(data: bytes, folder: Path) -> Mapping[str, Any]:
    """Inputs, outputs and operators of the network. Raises ChildRefused with the sentence."""
    with child(READER, {ARCHIVE_FILE: data}, folder) as left:
        return left.made()


def network_of(data: bytes, folder: Path) -> bytes:
    """The `.tflite` in the archive. Raises ChildRefused."""
    with child(READER, {ARCHIVE_FILE: data}, folder) as left:
        left.made()
        return left.file(JobFile.TFLITE, TFLITE_BYTES)
