"""The three distributions, built once for all tests of this folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.packaging.environment import uv
from tests.packaging.readme import ROOT

# Where each distribution lies in the tree, as the README's `pip install` names it.
SOURCES: Final = {
    ".": "edgefleet",
    "./fleet/cli": "edgefleet_cli",
    "./device_agent": "edgefleet_agent",
}


@dataclass(frozen=True)
class Built:
    """The files of the three distributions."""

    folder: Path

    def sdist(self, source: str) -> Path:
        """The source distribution of a folder of the tree."""
        (found,) = self.folder.glob(f"{SOURCES[source]}-*.tar.gz")
        return found

    def wheel(self, source: str) -> Path:
        """The wheel that was built from the source distribution, not from the tree."""
        (found,) = self.folder.glob(f"{SOURCES[source]}-*.whl")
        return found


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip where no package index answers."""
    nowhere = tmp_path_factory.mktemp("index")
    asked = uv(
        "pip", "install", "--dry-run", "--refresh-package", "click", "--target", nowhere, "click"
    )
    if asked.returncode != 0:
        pytest.skip(f"no package index is reachable: {asked.stderr.strip()[-200:]}")


@pytest.fixture(scope="session")
def built(index: None, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Source distributions of the tree, and wheels of those."""
    del index
    folder = tmp_path_factory.mktemp("dist")
    for source in SOURCES:
        done = uv("build", "--out-dir", folder, source, cwd=ROOT)
        assert done.returncode == 0, done.stderr
    return Built(folder)
