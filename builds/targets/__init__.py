"""Targets: the CPU profiles that artifacts are built for, as data files."""

from builds.targets.catalog import BadTarget, UnknownTarget, all_targets, load_target, target_names
from builds.targets.spec import Kind, Target

__all__ = [
    "BadTarget",
    "Kind",
    "Target",
    "UnknownTarget",
    "all_targets",
    "load_target",
    "target_names",
]
