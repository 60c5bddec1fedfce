"""Device queries: text such as `lot=B7 and site!=paris or not runs/version like 1.*` becomes a
tree, the tree a predicate.

A plain key is a label or one of `DEVICE_KEYS`; `device/state`, `runs/version` and the other
`FACTS` are what the service knows of a device, `attribute/os` is what the device says of itself.
`device/seen within 2h` asks when it was last heard.

Guarantees: pure; bounded in length, depth, comparisons and wildcards; `not` binds stronger than
`and`, `and` stronger than `or`; what a device does not have equals no value, so `site!=paris`
holds for it, and no `like` does. `sql.device_filter` gives the same answers in SQL.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from typing import Final, TypeAlias

from fleet.devices.labels.tokens import Token, tokens_of
from fleet.lib.errors import Refused

QUERY_MAX: Final = 1000  # characters
COMPARISONS_MAX: Final = 50
DEPTH_MAX: Final = 20  # nested brackets and negations
WILDCARDS_MAX: Final = 3  # in one pattern
KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,62}")
VALUE_MAX: Final = 128  # characters
WITHIN_MAX: Final = timedelta(days=3650)
# Answered by the device itself, so no label may take these names.
DEVICE_KEYS: Final = frozenset({"id", "name", "target"})
# What the service knows of a device; no label has a "/".
FACTS: Final = ("device/state", "runs/model", "runs/release", "runs/version")
SEEN: Final = "device/seen"
ATTRIBUTE: Final = "attribute/"  # then the name of what the device says of itself
_WORDS: Final = frozenset({"and", "or", "not", "in", "like", "within"})
_SIGNS: Final = frozenset({"=", "!=", "(", ")", ","})
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION: Final = re.compile(r"([0-9]{1,8})([smhd])")


@dataclass(frozen=True)
class OneOf:
    """The key's value is one of these."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Like:
    """The key's value is there and has this form, in which `*` stands for any text."""

    key: str
    pattern: str

    def expression(self) -> str:
        r"""Return the pattern as a regular expression that Python and PostgreSQL read alike."""
        parts = [re.escape(part) for part in self.pattern.split("*")]
        return rf"(?s)^{'.*'.join(parts)}\Z"

    def linear_expression(self) -> str:
        r"""Return one of the same meaning for Python, which reads a value only once: each part is
        taken at its first place.
        """
        first, *rest = [re.escape(part) for part in self.pattern.split("*")]
        if not rest:
            return rf"(?s)^{first}\Z"
        *between, last = rest
        return rf"(?s)^{first}{''.join(f'(?>.*?{part})' for part in between)}.*{last}\Z"


@dataclass(frozen=True)
class SeenWithin:
    """The device was heard in the last so many seconds."""

    seconds: int


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


Comparison: TypeAlias = OneOf | Like | SeenWithin
Node: TypeAlias = Comparison | Not | And | Or


def parse_query(text: str, *, labels_only: bool = False) -> Node:
    """Return the tree, or raise Refused with a sentence that says where the text is wrong.

    `labels_only` is for devices that have just joined, of which nothing else is known.
    """
    if len(text) > QUERY_MAX:
        raise Refused(f"A device query has at most {QUERY_MAX} characters, this one {len(text)}.")
    parser = _Parser(tokens_of(text), labels_only=labels_only)
    node = parser.either(0)
    if parser.rest:
        last = parser.rest[0]
        raise _wrong(last, f"The device query goes on with {last.text!r} where it should end.")
    return node


def matches(node: Node, facts: Mapping[str, str], silent_seconds: float = inf) -> bool:
    """Tell whether a device is meant that has these facts (`Device.query_facts`) and was last
    heard so many seconds ago.
    """
    match node:
        case OneOf(key, values):
            return facts.get(key) in values
        case Like(key):
            value = facts.get(key, "")
            return value != "" and re.search(node.linear_expression(), value) is not None
        case SeenWithin(seconds):
            return silent_seconds <= seconds
        case Not(inner):
            return not matches(inner, facts, silent_seconds)
        case And(parts):
            return all(matches(part, facts, silent_seconds) for part in parts)
        case Or(parts):
            return any(matches(part, facts, silent_seconds) for part in parts)


def write(node: Node) -> str:
    """Return text that parses to this tree again."""
    match node:
        case OneOf(key, (value,)):
            return f'{key}="{value}"'
        case OneOf(key, values):
            listed = ", ".join(f'"{value}"' for value in values)
            return f"{key} in ({listed})"
        case Like(key, pattern):
            return f'{key} like "{pattern}"'
        case SeenWithin(seconds):
            return f"{SEEN} within {seconds}s"
        case Not(inner):
            return f"not ({write(inner)})"
        case And(parts):
            return " and ".join(f"({write(part)})" for part in parts)
        case Or(parts):
            return " or ".join(f"({write(part)})" for part in parts)


def comparisons_of(node: Node) -> tuple[Comparison, ...]:
    """Return what a query asks of a device, in the order of its text, each thing once."""
    match node:
        case Not(inner):
            return comparisons_of(inner)
        case And(parts) | Or(parts):
            return tuple(dict.fromkeys(one for part in parts for one in comparisons_of(part)))
        case _:
            return (node,)


class _Parser:
    """Recursive descent over the tokens; `rest` is what was not read yet."""

    def __init__(self, tokens: list[Token], *, labels_only: bool) -> None:
        self.rest = tokens
        self.comparisons = 0
        self._labels_only = labels_only

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
            raise Refused(f"A device query nests at most {DEPTH_MAX} deep.")
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
            raise Refused(f"A device query has at most {COMPARISONS_MAX} comparisons.")
        token = self._next("a label")
        key = self._key(token)
        if key == SEEN:
            self._expect("within")
            return self._seen()
        if self._take("="):
            return OneOf(key, (self._value(),))
        if self._take("!="):
            return Not(OneOf(key, (self._value(),)))
        opposite = self._take("not")
        if self._take("in"):
            found: Node = OneOf(key, self._values())
        elif self._take("like"):
            found = Like(key, self._pattern())
        else:
            raise _wrong(token, f"After {key!r} a device query needs '=', '!=', 'in' or 'like'.")
        return Not(found) if opposite else found

    def _key(self, token: Token) -> str:
        key = token.text
        if "/" not in key:
            if not KEY.fullmatch(key) or key in _WORDS:
                raise _wrong(
                    token,
                    f"{key!r} is not a label: a letter, then letters, digits, '.', '_' or '-'.",
                )
        elif self._labels_only:
            raise _wrong(token, f"{key!r} is not known of a device that joins: ask for its labels.")
        elif not (key in {*FACTS, SEEN} or _is_attribute(key)):
            known = ", ".join((*FACTS, SEEN))
            raise _wrong(token, f"{key!r} is not known of devices: {known} or attribute/NAME.")
        return key

    def _seen(self) -> SeenWithin:
        token = self._next("a time such as 2h")
        found = _DURATION.fullmatch(token.text)
        within = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta()
        if not timedelta() < within <= WITHIN_MAX:
            raise _wrong(
                token, f"{token.text!r} is not a time: a number, then s, m, h or d, at most 3650d."
            )
        return SeenWithin(int(within.total_seconds()))

    def _values(self) -> tuple[str, ...]:
        self._expect("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
            if len(values) > COMPARISONS_MAX:
                raise Refused(f"A list in a device query has at most {COMPARISONS_MAX} values.")
        self._expect(")")
        return tuple(values)

    def _value(self) -> str:
        token = self._next("a value")
        value = token.text.strip('"')
        if token.text in _SIGNS or not 1 <= len(value) <= VALUE_MAX:
            raise _wrong(
                token,
                f"{token.text!r} is not a value: 1 to {VALUE_MAX} characters, quoted if need be.",
            )
        return value

    def _pattern(self) -> str:
        column = self.rest[0].column if self.rest else 0
        pattern = re.sub(r"\*+", "*", self._value())
        if pattern.count("*") > WILDCARDS_MAX:
            raise _wrong(Token(pattern, column), f"A pattern has at most {WILDCARDS_MAX} '*'.")
        return pattern

    def _expect(self, sign: str) -> None:
        found = self._next(repr(sign))
        if found.text != sign:
            raise _wrong(found, f"The device query has {found.text!r} where {sign!r} is needed.")

    def _next(self, what: str) -> Token:
        if not self.rest:
            raise Refused(f"The device query ends where {what} is needed.")
        return self.rest.pop(0)

    def _take(self, word: str) -> bool:
        if self.rest and self.rest[0].text == word:
            self.rest.pop(0)
            return True
        return False


def _is_attribute(key: str) -> bool:
    return key.startswith(ATTRIBUTE) and bool(KEY.fullmatch(key.removeprefix(ATTRIBUTE)))


def _wrong(token: Token, sentence: str) -> Refused:
    return Refused(f"{sentence.removesuffix('.')} (column {token.column}).")
