"""Folders of the worker for one attempt at a job."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from fleet.lib.trees import remove_tree


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that goes when the attempt ends; what a killed worker leaves is removed by the
    sweeper.
    """
    root = Path(settings.EDGEFLEET_WORK_DIR)
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="build-", dir=root))
    try:
        yield folder
    finally:
        remove_tree(folder)
