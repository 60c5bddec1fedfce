"""Environments of converters: Pythons of their own, for packages that clash with our lock.

Guarantees: an environment is used only as a whole one, made from the very lock that is here; what
is not installed says by which command it will be; a child sees its environment and no other.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from fleet.lib.errors import Unprocessable
from fleet.lib.hashing import sha256_hex
from fleet.lib.jail import PROJECT_ROOT

LOCKS: Final = PROJECT_ROOT / "requirements" / "converters"
MARK: Final = "installed.json"  # written last, so that half an environment is none
PINNED: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s\\;]+)", re.MULTILINE)


class NotInstalled(Unprocessable):
    """A converter that this needs was not installed on the worker's machine."""

    code = "converter_missing"


@dataclass(frozen=True)
class Environment:
    """One environment: what is in it, and for whom."""

    name: str
    what: str  # it does, for people
    packages: tuple[str, ...]  # that name it in lineages
    least: tuple[int, int] = (3, 11)  # the oldest Python that its packages run on
    most: tuple[int, int] = (3, 12)  # and the newest that its lock has hashes for

    @property
    def lock(self) -> Path:
        """Its packages, with hashes."""
        return LOCKS / f"{self.name}.lock"

    @property
    def digest(self) -> str:
        """The sha256 of its lock."""
        return sha256_hex(self._pins())

    @property
    def place(self) -> Path:
        """Its folder."""
        return Path(settings.EDGEFLEET_CONVERTERS_DIR) / self.name

    @property
    def installed(self) -> bool:
        """Whether it is whole, and made from this lock."""
        return self.lock.exists() and self.mark.get("lock") == self.digest

    @property
    def mark(self) -> Mapping[str, Any]:
        """What the command left that made it; nothing where it was not made."""
        try:
            found = json.loads((self.place / MARK).read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def converter(self) -> str:
        """Packages and versions in one line, as lineages name them."""
        pinned = dict(PINNED.findall(self._pins().decode()))
        return ", ".join(f"{name} {pinned.get(name, '?')}" for name in self.packages)

    def _pins(self) -> bytes:
        """The lock; empty where the locks were not installed with the code."""
        return self.lock.read_bytes() if self.lock.exists() else b""

    def home(self) -> Path:
        """Its folder, for a child. Raises NotInstalled with what is to be done."""
        if self.installed:
            return self.place
        older = " of this release" if self.mark else ""
        raise NotInstalled(
            f"The converter {self.name}{older} is not installed here; run `manage.py converters "
            f"install {self.name}` on the worker's machine, then ask for the build again."
        )


LITERT: Final = Environment(
    "litert",
    "makes float .tflite models int8, with a calibration dataset",
    ("ai-edge-quantizer", "ai-edge-litert"),
)
ONNX: Final = Environment(
    "onnx",
    "turns float ONNX models into .tflite ones",
    ("onnx2tf", "onnxruntime"),
    least=(3, 12),
)
PYTORCH: Final = Environment(
    "pytorch",
    "turns PyTorch's exported programs (.pt2) into .tflite models",
    ("litert-torch", "torch"),
    most=(3, 11),
)
ENVIRONMENTS: Final[Mapping[str, Environment]] = {row.name: row for row in (LITERT, ONNX, PYTORCH)}
# What has to be there for a source, with what its own result goes through.
NEEDED: Final[Mapping[str, tuple[Environment, ...]]] = {
    LITERT.name: (LITERT,),
    ONNX.name: (LITERT, ONNX),
    PYTORCH.name: (LITERT, PYTORCH),
}
