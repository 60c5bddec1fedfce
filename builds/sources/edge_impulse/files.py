"""What the worker and the child that reads an archive agree on."""

from typing import Final

ARCHIVE_FILE: Final = "archive.zip"
UNPACKED_BYTES: Final = 1024**3
