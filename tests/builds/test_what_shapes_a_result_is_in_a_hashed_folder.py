"""What a build's stages import lies in folders that its key hashes, or has a reason not to."""

from functools import cache

import grimp
import pytest

from builds.pipeline.identity import MAKERS, QUANTISERS

# What these shape is in the key as a value, or it shapes nothing.
ELSEWHERE = {
    "builds.choices": "the values of an order, which are in the key",
    "builds.build_diff": "names the sections of a report",
    "builds.models": "rows: their values are in the key",
    "builds.keyring": "the keys' ids are in the key",
    "builds.signing": "the keys' ids are in the key",
    "fleet.access": "who did it",
    "fleet.lib": "runs, stores and names things for every package",
    "registry.blobs": "bytes by their digest, which is in the key",
    "registry.choices": "the values of rows",
    "registry.compare": "differences between versions, for readers",
    "registry.models": "rows: their digests are in the key",
    "registry.names": "names of rows",
    "registry.selectors": "questions about rows: their digests are in the key",
    "registry.services": "rows: their digests are in the key",
    "registry.signals": "tells that rows were added",
}


@cache
def imports() -> grimp.ImportGraph:
    packages = ("builds", "device_agent", "fleet", "ota", "registry")
    return grimp.build_graph(*packages, exclude_type_checking_imports=True)


def inside(module: str, packages: set[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in packages)


STAGES = [
    ("builds.pipeline.stages.make", MAKERS),
    ("builds.pipeline.stages.found", MAKERS),
    ("builds.pipeline.image", MAKERS),
    ("builds.pipeline.quantise", QUANTISERS),
    ("builds.pipeline.look.child", QUANTISERS),
]


@pytest.mark.parametrize(("stage", "folders"), STAGES)
def test_what_shapes_a_result_is_in_a_hashed_folder(stage: str, folders: tuple[str, ...]) -> None:
    hashed = {folder.replace("/", ".") for folder in folders}
    needed = imports().find_upstream_modules(stage)
    assert inside(stage, hashed)
    assert [m for m in sorted(needed) if not inside(m, hashed | set(ELSEWHERE))] == []


def test_no_exception_is_left_over() -> None:
    needed = {m for stage, _ in STAGES for m in imports().find_upstream_modules(stage)}
    assert [name for name in ELSEWHERE if not any(inside(m, {name}) for m in needed)] == []


def test_the_quantiser_s_child_lies_in_its_folder() -> None:
    child, own = "builds.recipes.quantize.child", {"builds.recipes", "builds.jailed.ending"}
    needed = imports().find_upstream_modules(child) | {child}
    assert [m for m in sorted(needed) if not inside(m, own)] == []
