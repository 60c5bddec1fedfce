"""The catalog of targets: every `cpu_data/<name>.toml`, read and checked once.

Guarantees:
* a name that is not in the catalog is refused with one sentence that lists the names that are;
* a data file with a missing, unknown or ill-typed field never becomes a Target;
* targets come in the order of their names, on every machine.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files
from typing import Any

from builds.targets.spec import Kind, Target

ARCHES = frozenset({"thumb", "riscv32", "aarch64", "x86_64", "wasm32"})
LISTS = ("features", "cflags", "gnu_cflags", "emulators")
COUNTS = ("pointer_bytes", "flash_bytes", "ram_bytes")
TEXTS = ("title", "kind", "arch", "cpu", "triple")


class UnknownTarget(LookupError):
    """Nobody has described this CPU."""


class BadTarget(ValueError):
    """A data file breaks the rules of a Target."""


def target_names() -> tuple[str, ...]:
    """The names of all targets, sorted."""
    return tuple(sorted(_catalog()))


def load_target(name: str) -> Target:
    """The target of this name; UnknownTarget says which names there are."""
    try:
        return _catalog()[name]
    except KeyError:
        known = ", ".join(target_names())
        raise UnknownTarget(f"there is no target {name[:64]!r}; the targets are: {known}") from None


def all_targets() -> tuple[Target, ...]:
    """Every target, by name."""
    return tuple(_catalog()[name] for name in target_names())


@cache
def _catalog() -> Mapping[str, Target]:
    folder = files("builds.targets") / "cpu_data"
    texts = {
        entry.name.removesuffix(".toml"): entry.read_text("utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    }
    return {name: parse_target(name, text) for name, text in texts.items()}


def parse_target(name: str, text: str) -> Target:
    """Read one data file, refusing what a Target cannot be."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadTarget(f"target {name}: {error}") from None
    _check_fields(name, raw)
    lists = {key: tuple(raw[key]) for key in LISTS}
    values: dict[str, Any] = {**raw, **lists, "name": name, "kind": Kind(raw["kind"])}
    values["features"] = frozenset(values["features"])
    target = Target(**values)
    _check_emulators(target)
    return target


def _check_fields(name: str, raw: Mapping[str, Any]) -> None:
    wanted = {field.name for field in fields(Target)} - {"name"}
    if wrong := wanted.symmetric_difference(raw):
        raise BadTarget(f"target {name}: missing or unknown fields: {', '.join(sorted(wrong))}")
    for key in TEXTS:
        if not isinstance(raw[key], str) or not raw[key]:
            raise BadTarget(f"target {name}: {key} must be a text")
    for key in LISTS:
        if not isinstance(raw[key], list) or not all(isinstance(item, str) for item in raw[key]):
            raise BadTarget(f"target {name}: {key} must be a list of texts")
    for key in COUNTS:
        if type(raw[key]) is not int or raw[key] <= 0:
            raise BadTarget(f"target {name}: {key} must be a positive whole number")
    if raw["kind"] not in set(Kind):
        raise BadTarget(f"target {name}: kind must be one of {', '.join(Kind)}")
    if raw["arch"] not in ARCHES:
        raise BadTarget(f"target {name}: arch must be one of {', '.join(sorted(ARCHES))}")


def _check_emulators(target: Target) -> None:
    for engine in target.emulators:
        if engine.count(":") != 2 or not all(engine.split(":")):
            raise BadTarget(f"target {target.name}: emulator {engine!r} is not engine:machine:cpu")
