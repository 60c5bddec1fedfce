"""What a token for one model and one verb may do, as data. Pure.

Guarantees: such a token makes the calls of its verb and no others, and only where the address names
its model; a new address is closed to it until a verb names it here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

READS: Final = frozenset(
    {("GET", name) for name in ("model-detail", "version-list", "version-detail", "alias-list")}
)


@dataclass(frozen=True)
class Verb:
    """The scopes that a token needs for a verb, and the calls, each a method and a route's name."""

    scopes: tuple[str, ...]
    calls: frozenset[tuple[str, str]]


VERBS: Final[Mapping[str, Verb]] = {
    "publish": Verb(("registry.read", "registry.write"), READS | {("POST", "version-list")}),
    "promote": Verb(
        ("registry.read", "registry.write"),
        READS | {("GET", "alias-detail"), ("PUT", "alias-detail")},
    ),
}


def allows(verb: str, model: str, method: str, route: str, named: str | None) -> bool:
    """Tell whether a token for `verb` on `model` may make this call; `named` is the model that the
    address names.
    """
    found = VERBS.get(verb)
    method = "GET" if method == "HEAD" else method
    return found is not None and named == model and (method, route) in found.calls
