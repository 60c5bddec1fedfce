"""Modules that add actions to those of alert rules: named at start, loaded when asked for."""

from typing import Final

PROVIDERS: Final[list[str]] = []


def provide(module: str) -> None:
    """Name a module whose `ACTIONS` rules may use."""
    if module not in PROVIDERS:
        PROVIDERS.append(module)
