"""What the compiler prints for models of every kind, as digests: one for each model and target.

`python -m tests.builds.compiler.emit.emitted` writes them anew, after a change that is meant to
change the text.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from builds.compiler import Weights, compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.models_of_every_kind import small_models

DIGESTS = Path(__file__).with_name("emitted.txt")
# One target for each family of inner loops.
TARGETS = ("cortex-m0plus", "cortex-m4f", "cortex-m55", "linux-x86_64", "rv32imc")


def digest(model: bytes, target: str, weights: Weights) -> str:
    """Hash every file of a build, names included."""
    files = compile_model(model, load_target(target), weights=weights).files
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{len(files[name])}\0{files[name]}".encode())
    return whole.hexdigest()[:32]


def lines() -> Iterator[str]:
    """Give one line for each build."""
    for name, model in small_models().items():
        for target in TARGETS:
            for weights in Weights:
                yield f"{name} {target} {weights} {digest(model, target, weights)}"


if __name__ == "__main__":
    DIGESTS.write_text("\n".join(lines()) + "\n", "utf-8")
    sys.stdout.write(f"{DIGESTS.name} is written.\n")
