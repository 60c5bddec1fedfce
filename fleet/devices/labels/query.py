"""Label queries: text such as `lot=B7 and site!=paris or not target=cortex-m4f` becomes a tree,
the tree a predicate.

Guarantees: pure; bounded in length, depth and comparisons; `not` binds stronger than `and`, `and`
stronger than `or`; a label that a device does not have equals no value, so `site!=paris` holds for
it. `label_filter` gives the same answers in SQL.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from fleet.lib.errors import Refused

QUERY_MAX: Final = 1000  # characters
COMPARISONS_MAX: Final = 50
DEPTH_MAX: Final = 20  # nested brackets and negations
KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,62}")
VALUE_MAX: Final = 128  # characters
# Answered by the device itself, so no label may take these names.
DEVICE_KEYS: Final = frozenset({"id", "name", "target"})
_WORDS: Final = frozenset({"and", "or", "not", "in"})
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<symbol>!=|=|\(|\)|,)|(?P<quoted>\"[^\"]*\")|(?P<word>[^\s=!(),\"]+))"
)


@dataclass(frozen=True)
class OneOf:
    """The key's value is one of these."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Not:
    """The opposite."""

    inner: "Node"


@dataclass(frozen=True)
class And:
    """All parts hold."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Or:
    """At least one part holds."""

    parts: tuple["Node", ...]


Node: TypeAlias = OneOf | Not | And | Or


def parse_query(text: str) -> Node:
    """Return the tree, or raise Refused with a sentence that says where the text is wrong."""
    if len(text) > QUERY_MAX:
        raise Refused(f"A label query has at most {QUERY_MAX} characters, this one {len(text)}.")
    parser = _Parser(_tokens(text))
    node = parser.either(0)
    if parser.rest:
        raise Refused(f"The label query goes on with {parser.rest[0]!r} where it should end.")
    return node


def matches(node: Node, labels: Mapping[str, str]) -> bool:
    """Tell whether a device with these labels (and `DEVICE_KEYS`) is meant."""
    match node:
        case OneOf(key, values):
            return labels.get(key) in values
        case Not(inner):
            return not matches(inner, labels)
        case And(parts):
            return all(matches(part, labels) for part in parts)
        case Or(parts):
            return any(matches(part, labels) for part in parts)


def write(node: Node) -> str:
    """Return text that parses to this tree again."""
    match node:
        case OneOf(key, (value,)):
            return f'{key}="{value}"'
        case OneOf(key, values):
            listed = ", ".join(f'"{value}"' for value in values)
            return f"{key} in ({listed})"
        case Not(inner):
            return f"not ({write(inner)})"
        case And(parts):
            return " and ".join(f"({write(part)})" for part in parts)
        case Or(parts):
            return " or ".join(f"({write(part)})" for part in parts)


def _tokens(text: str) -> list[str]:
    found, position = [], 0
    text = text.rstrip()
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise Refused(f"The label query cannot be read at {text[position:].strip()[:20]!r}.")
        found.append(token.group().strip())
        position = token.end()
    return found


class _Parser:
    """Recursive descent over the tokens; `rest` is what was not read yet."""

    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens
        self.comparisons = 0

    def either(self, depth: int) -> Node:
        parts = [self.both(depth)]
        while self._take("or"):
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def both(self, depth: int) -> Node:
        parts = [self.one(depth)]
        while self._take("and"):
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def one(self, depth: int) -> Node:
        if depth >= DEPTH_MAX:
            raise Refused(f"A label query nests at most {DEPTH_MAX} deep.")
        if self._take("not"):
            return Not(self.one(depth + 1))
        if self._take("("):
            inner = self.either(depth + 1)
            self._expect(")")
            return inner
        return self.comparison()

    def comparison(self) -> Node:
        self.comparisons += 1
        if self.comparisons > COMPARISONS_MAX:
            raise Refused(f"A label query has at most {COMPARISONS_MAX} comparisons.")
        key = self._key()
        if self._take("="):
            return OneOf(key, (self._value(),))
        if self._take("!="):
            return Not(OneOf(key, (self._value(),)))
        if self._take("in"):
            return OneOf(key, self._values())
        raise Refused(f"After {key!r} a label query needs '=', '!=' or 'in'.")

    def _key(self) -> str:
        key = self._next("a label")
        if not KEY.fullmatch(key) or key in _WORDS:
            raise Refused(
                f"{key!r} is not a label: a letter, then letters, digits, '.', '_' or '-'."
            )
        return key

    def _values(self) -> tuple[str, ...]:
        self._expect("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
            if len(values) > COMPARISONS_MAX:
                raise Refused(f"A list in a label query has at most {COMPARISONS_MAX} values.")
        self._expect(")")
        return tuple(values)

    def _value(self) -> str:
        token = self._next("a value")
        value = token.strip('"')
        if token in {"=", "!=", "(", ")", ","} or not 1 <= len(value) <= VALUE_MAX:
            raise Refused(
                f"{token!r} is not a value: 1 to {VALUE_MAX} characters, quoted if need be."
            )
        return value

    def _expect(self, token: str) -> None:
        found = self._next(repr(token))
        if found != token:
            raise Refused(f"The label query has {found!r} where {token!r} is needed.")

    def _next(self, what: str) -> str:
        if not self.rest:
            raise Refused(f"The label query ends where {what} is needed.")
        return self.rest.pop(0)

    def _take(self, token: str) -> bool:
        if self.rest and self.rest[0] == token:
            self.rest.pop(0)
            return True
        return False
