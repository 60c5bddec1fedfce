"""What a build depends on, as digests: equal digests mean equal bytes, so a result may be reused.

Guarantees: every input is in the key: the version's bytes, its datasets, the recipe, the target's
description and the very code of compiler, toolchain and packing. A change of any of them is a
cache miss, never a stale hit.
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

PACKAGE: Final = Path(__file__).parent
# Folders whose code shapes the output.
MAKERS: Final = ("compiler", "toolchain", "image", "export", "verify", "values", "jailed")
PIPELINE: Final = (
    "pipeline",
    "pipeline_child",
    "pipeline_firmware",
    "pipeline_found",
    "pipeline_make",
    "pipeline_tools",
    "pipeline_report",
    "pipeline_image",
    "pipeline_bundle",
    "pipeline_export",
)
QUANTISERS: Final = ("quantize*.py", "schema.py")
CODE_SUFFIXES: Final = frozenset({".py", ".h", ".cc", ".ld", ".S", ".toml"})
TOOL_PACKAGES: Final = ("ziglang", "imgtool", "tflite-micro")
QUANTISER_PACKAGES: Final = ("tensorflow", "tensorflow-cpu", "tflite-micro", "numpy")


@cache
def makers_digest() -> str:
    """The code and the tools that turn an int8 model into artifacts."""
    paths = [path for folder in MAKERS for path in sorted((PACKAGE / folder).rglob("*"))]
    paths += [PACKAGE / f"{name}.py" for name in PIPELINE]
    return _digest(paths, TOOL_PACKAGES)


@cache
def quantiser_digest() -> str:
    """The code and the tools that turn a version into an int8 model with its schema."""
    paths = [path for pattern in QUANTISERS for path in sorted(PACKAGE.glob(pattern))]
    return _digest(paths, QUANTISER_PACKAGES)


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


def _digest(paths: list[Path], packages: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        if path.suffix in CODE_SUFFIXES and path.is_file():
            digest.update(f"{path.relative_to(PACKAGE)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    for name in packages:
        digest.update(f"{name}={_installed(name)}\0".encode())
    return digest.hexdigest()


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
