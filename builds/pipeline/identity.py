"""What a build depends on, as digests: equal digests mean equal bytes, so a result may be reused.

Guarantees: every input is in the key: the version's bytes, its datasets, the recipe, the target's
description, its boards, and the very code of compiler, toolchain and packing. What is hashed is
whole folders, whatever a file is called, so that a new one is in the key from its first day. A
change of any of them is a cache miss, never a stale hit.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from builds.choices import Arithmetic, Weights
from builds.targets import Target
from fleet.lib.canonical import canonical_json
from fleet.lib.hashing import sha256_hex

ROOT: Final = Path(__file__).parents[2]
# Folders whose code and tables shape what a build leaves.
MAKERS: Final = (
    *(
        f"builds/{room}"
        for room in "compiler export image jailed pipeline targets toolchain verify".split()
    ),
    "device_agent/protocol",
    "device_agent/chip",
)
# And those that shape an int8 model and its schema.
QUANTISERS: Final = (
    *MAKERS, "builds/recipes", "builds/sources", "registry/files", "requirements/converters",
)  # fmt: skip
CACHED: Final = frozenset({".pyc"})  # what Python leaves beside its code
TOOL_PACKAGES: Final = ("ziglang", "imgtool", "tflite-micro")
QUANTISER_PACKAGES: Final = ("tensorflow", "tensorflow-cpu", "tflite-micro", "numpy")


@cache
def makers_digest() -> str:
    """The code and the tools that turn an int8 model into artifacts."""
    return _digest(MAKERS, TOOL_PACKAGES)


@cache
def quantiser_digest() -> str:
    """The code and the tools that turn a version into an int8 model with its schema."""
    return _digest(QUANTISERS, QUANTISER_PACKAGES)


def int8_digest(*, source: str, datasets: Mapping[str, str], facts: Mapping[str, Any]) -> str:
    """The key of an int8 model: source and datasets by sha256, and what its schema tells of the
    version.
    """
    document = {
        "source": source,
        "datasets": dict(datasets),
        "facts": dict(facts),
        "quantiser": quantiser_digest(),
    }
    return sha256_hex(canonical_json(document))


def cache_key(
    *,
    int8: str,
    target: Target,
    optimise: str,
    vectors: int,
    keys: list[str],
    weights: str = Weights.TOGETHER,
    arithmetic: str = Arithmetic.REFUSE,
    security_counter: int | None = None,
) -> str:
    """The key of a build; `keys` are those whose signatures are inside the artifacts, and
    `security_counter` is in its images, where it has some.
    """
    document = {
        "int8": int8,
        "target": asdict(target) | {"features": sorted(target.features), "kind": target.kind.value},
        "optimise": optimise,
        "weights": str(weights),
        "arithmetic": str(arithmetic),
        "vectors": vectors,
        "security_counter": security_counter,
        "keys": sorted(keys),
        "makers": makers_digest(),
    }
    return sha256_hex(canonical_json(document))


def _digest(folders: tuple[str, ...], packages: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for path in (path for folder in folders for path in sorted((ROOT / folder).rglob("*"))):
        if path.is_file() and path.suffix not in CACHED:
            digest.update(f"{path.relative_to(ROOT)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    for name in packages:
        digest.update(f"{name}={_installed(name)}\0".encode())
    return digest.hexdigest()


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
