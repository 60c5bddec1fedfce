"""`report.json`: what a build is, what it takes, and what was proved about it. Canonical text."""

import hashlib
import json
from typing import Protocol

from builds.compiler.compiled import Compiled
from builds.compiler.recipe import Recipe
from builds.targets.spec import Target

Json = dict[str, object]


class Sizes(Protocol):
    """What the toolchain measured in the linked image."""

    @property
    def code_bytes(self) -> int:
        """Kernels and tables."""

    @property
    def weights_bytes(self) -> int:
        """Constants of the model."""

    @property
    def compiler_version(self) -> str:
        """Who compiled it."""


class Proved(Protocol):
    """What the verifier found."""

    @property
    def vectors(self) -> int:
        """How many inputs were run."""

    @property
    def equal(self) -> bool:
        """Every engine gave the same bytes."""

    @property
    def instructions(self) -> int | None:
        """Of one inference in the emulator."""

    @property
    def stack_bytes(self) -> int | None:
        """Deepest stack in the emulator."""


def make_report(
    model: bytes,
    compiled: Compiled,
    target: Target,
    recipe: Recipe,
    sizes: Sizes,
    proof: Json | None,
    proved: Proved | None,
) -> Json:
    """Put the report together."""
    stack = proved.stack_bytes if proved else None
    state = compiled.state_bytes
    return {
        "target": target.name,
        "recipe": recipe.value,
        "compiler": sizes.compiler_version,
        "model_sha256": hashlib.sha256(model).hexdigest(),
        "ops": dict(compiled.ops),
        "macs": compiled.macs,
        "flash_bytes": {
            "code": sizes.code_bytes,
            "weights": sizes.weights_bytes,
            "total": sizes.code_bytes + sizes.weights_bytes,
        },
        "ram_bytes": {
            "arena": compiled.arena_bytes,
            "state": state,
            "stack": stack,
            "total": compiled.arena_bytes + state + (stack or 0),
        },
        "plan": {
            "peak_bytes": compiled.plan.peak_bytes,
            "lower_bound_bytes": compiled.plan.lower_bound_bytes,
            "optimal": compiled.plan.optimal,
            "overlapped": compiled.plan.overlapped,
            "drawing": compiled.plan.drawing.splitlines(),
        },
        "instructions": proved.instructions if proved else None,
        "proof": proof,
    }


def to_json(report: Json) -> str:
    """Print a report; equal reports give equal text."""
    return json.dumps(report, indent=2, sort_keys=True) + "\n"
