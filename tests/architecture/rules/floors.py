"""Rules 1 to 6 and 10: what stands beside what, and who may look inside."""

import ast
import re
from collections import Counter
from collections.abc import Iterator

from tests.architecture.house import (
    APPS,
    FRAME_FILES,
    folder,
    folders,
    imported,
    importers,
    module,
    read,
    rooms,
)
from tests.architecture.shape import ROOT, Source, sources

FAMILY = 3
FILES_MAX = 12
ROOMS_MAX = 9
STRANGE_FILES_MAX = 4
SMALL_LINES = 30


def no_family_shares_a_first_word() -> Iterator[str]:
    for name, files in folders().items():
        words = Counter(file.split("_")[0] for file in files if not file.startswith("__"))
        yield from (f"{name}/{word}_*" for word, count in words.items() if count >= FAMILY)


def floors_are_small() -> Iterator[str]:
    for name, files in folders(headers=False).items():
        count = len([file for file in files if file != "__init__"])
        if count > FILES_MAX:
            yield f"{name} has {count} files"
        if len(rooms(name)) > ROOMS_MAX:
            yield f"{name} has {len(rooms(name))} rooms"


def apps_have_the_same_frame() -> Iterator[str]:
    for app in APPS:
        strange = set(folders()[app]) - FRAME_FILES
        if len(strange) > STRANGE_FILES_MAX:
            yield f"{app}: {', '.join(sorted(strange))}"


def every_floor_has_its_contract() -> Iterator[str]:
    contracts = set(re.findall(r'containers = \["([a-z_.]+)"\]', read("pyproject.toml")))
    for app in (
        *APPS,
        "builds/compiler",
        "device_agent",
        "fleet/console",
        "fleet/lib",
        "ota/trust",
    ):
        if app.replace("/", ".") not in contracts:
            yield app


WRITES = {"create", "bulk_create", "update", "bulk_update", "delete", "save", "get_or_create"}


def selectors_only_read() -> Iterator[str]:
    for source in sources():
        if source.path.name != "selectors.py":
            continue
        for node in ast.walk(source.tree):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in WRITES:
                yield f"{source.name} calls {called.attr}"
            if isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
            ):
                yield f"{source.name} gives out what is another's"
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(arg.annotation, ast.Name) and arg.annotation.id == "Actor"
                for arg in node.args.kwonlyargs
            ):
                yield f"{source.name}: {node.name} is an act"


def facade_modules(source: Source) -> set[str]:
    """The inner modules that a face gives out, where it does nothing else."""
    if source.path.name != "__init__.py" or "__all__" not in source.text:
        return set()
    here = module(source)
    names = {name for name in imported(source) if name.startswith(f"{here}.")}
    return {name for name in names if (ROOT / f"{name.replace('.', '/')}.py").exists()}


def a_facade_is_all_or_nothing() -> Iterator[str]:
    for source in sources():
        for inner in facade_modules(source):
            outside = [
                name for name in importers().get(inner, ()) if not name.startswith(folder(source))
            ]
            if outside:
                yield f"{inner} is imported past its face"


def small_and_alone_is_merged() -> Iterator[str]:
    texts = "".join(read(name) for name in ("pyproject.toml", "Makefile"))
    texts += "".join(source.text for source in sources() if "settings" in source.name)
    for source in sources():
        name = module(source)
        if source.path.name == "__init__.py" or source.text.count("\n") >= SMALL_LINES:
            continue
        frame = FRAME_FILES | {"__main__"}
        if source.path.stem in frame or name in texts or f"-m {name}" in texts:
            continue
        alone = len(importers().get(name, ())) == 1
        if alone and not {"management", "children", "templatetags"} & set(source.path.parts):
            yield source.name
