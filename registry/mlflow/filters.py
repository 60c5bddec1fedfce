"""MLflow's filters and orders, over plain values. Pure.

`metrics.accuracy > 0.9 AND params.width = '8' AND tags."mlflow.user" LIKE 'a%'`: comparisons joined
by AND, nothing else. What a row lacks is unequal to everything, and neither larger nor smaller.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fleet.lib.errors import Refused

Record = Mapping[str, Mapping[str, Any]]  # of `attributes`, `metrics`, `params` and `tags`
Test = Callable[[Record], bool]

TOKENS: Final = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<name>(?:[A-Za-z_]\w*|"[^"]*"|`[^`]*`)(?:\.(?:"[^"]*"|`[^`]*`|[\w/:-]+))*)
      | (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
      | (?P<sign><=|>=|!=|=|<|>)
      | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)
GROUPS: Final = {
    **dict.fromkeys(("attribute", "attributes", "attr", "run"), "attributes"),
    **dict.fromkeys(("metric", "metrics"), "metrics"),
    **dict.fromkeys(("param", "params", "parameter"), "params"),
    **dict.fromkeys(("tag", "tags"), "tags"),
}
TESTS_MAX: Final = 20  # comparisons of one filter
LISTED_MAX: Final = 1000  # values in one list


@dataclass(frozen=True)
class FilterWord:
    """A word of a filter."""

    kind: str
    text: str


def parse(filter_text: str) -> Test:
    """What a filter asks. Raises Refused with what is wrong and where."""
    tokens = _tokens(filter_text)
    tests: list[Test] = []
    while tokens:
        tests.append(_comparison(tokens))
        if len(tests) > TESTS_MAX:
            raise Refused(f"A filter has at most {TESTS_MAX} comparisons.")
        if tokens and tokens.pop(0).text.upper() != "AND":
            raise Refused("Comparisons of a filter are joined by AND.")
    return lambda record: all(test(record) for test in tests)


def order_of(words: Sequence[str]) -> Callable[[list[Any], Callable[[Any], Record]], list[Any]]:
    """How rows are ordered, the first word first; what lacks the value comes last."""
    orders = []
    for word in words:
        name, _, way = word.strip().rpartition(" ")
        if way.upper() not in {"ASC", "DESC"}:
            name, way = word.strip(), "ASC"
        orders.append((_key(name), way.upper() == "DESC"))

    def ordered(rows: list[Any], record: Callable[[Any], Record]) -> list[Any]:
        for (group, key), down in reversed(orders):
            have = [row for row in rows if _value(record(row), group, key) is not None]
            lack = [row for row in rows if _value(record(row), group, key) is None]
            have.sort(key=lambda row: _rank(_value(record(row), group, key)), reverse=down)
            rows = have + lack
        return rows

    return ordered


def _tokens(filter_text: str) -> list[FilterWord]:
    found: list[FilterWord] = []
    at, end = 0, len(filter_text.rstrip())
    while at < end:
        match = TOKENS.match(filter_text, at)
        if match is None or match.lastgroup is None:
            raise Refused(f"The filter cannot be read from character {at + 1} on.")
        found.append(FilterWord(match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _comparison(tokens: list[FilterWord]) -> Test:
    name = _take(tokens, "name", "a name such as metrics.accuracy")
    group, key = _key(name)
    operator = _operator(tokens)
    if operator in {"IS NULL", "IS NOT NULL"}:
        wanted = operator == "IS NULL"
        return lambda record: (_value(record, group, key) is None) is wanted
    if operator in {"IN", "NOT IN"}:
        members = _list(tokens)
        return lambda record: (str(_value(record, group, key)) in members) is (operator == "IN")
    value = _literal(tokens)
    test = _compare(operator, value)
    return lambda record: test(_value(record, group, key))


def _operator(tokens: list[FilterWord]) -> str:
    word = tokens.pop(0).text.upper() if tokens else ""
    if word == "NOT" and tokens and tokens[0].text.upper() == "IN":
        tokens.pop(0)
        return "NOT IN"
    if word == "IS":
        rest = tokens.pop(0).text.upper() if tokens else ""
        if rest == "NOT" and tokens:
            rest += f" {tokens.pop(0).text.upper()}"
        word = f"IS {rest}"
    if word in {"=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "IN", "IS NULL", "IS NOT NULL"}:
        return word
    raise Refused("A comparison is one of = != < <= > >= LIKE ILIKE IN, NOT IN, IS NULL.")


def _compare(operator: str, value: str | float) -> Callable[[Any], bool]:
    if operator in {"LIKE", "ILIKE"}:
        fold = str.lower if operator == "ILIKE" else str
        parts = fold(str(value)).split("%")
        if len(parts) > 6:
            raise Refused("A pattern has at most five signs for any text (%).")
        return lambda found: found is not None and _has_parts(fold(str(found)), parts)
    if operator == "=":
        return lambda found: found is not None and _same(found, value)
    if operator == "!=":
        return lambda found: found is None or not _same(found, value)
    if isinstance(value, str):
        raise Refused(f"{operator} compares numbers.")
    order: dict[str, Callable[[float], bool]] = {
        "<": lambda found: found < value,
        "<=": lambda found: found <= value,
        ">": lambda found: found > value,
        ">=": lambda found: found >= value,
    }
    test = order[operator]
    return lambda found: isinstance(found, int | float) and test(found)


def _has_parts(text: str, parts: Sequence[str]) -> bool:
    """Whether a text is these parts with any text between them.

    Each part is looked for where it comes first; a regular expression would try every place of one
    with every place of the others.
    """
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    at, end = len(first), len(text) - len(last)
    if at > end or not (text.startswith(first) and text.endswith(last)):
        return False
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _same(found: Any, value: str | float) -> bool:
    if isinstance(found, int | float) and not isinstance(value, str):
        return bool(found == value)
    return str(found) == str(value)


def _key(name: str) -> tuple[str, str]:
    """The group and the name of a value, without the signs around it."""
    first, dot, rest = name.partition(".")
    group = GROUPS.get(first.lower()) if dot else None
    if group is None:
        return "attributes", name.strip('`"')
    return group, rest.strip('`"')


def _value(record: Record, group: str, key: str) -> Any:
    return record.get(group, {}).get(key)


def _rank(value: Any) -> tuple[int, Any]:
    return (0, value) if isinstance(value, int | float) else (1, str(value))


def _list(tokens: list[FilterWord]) -> frozenset[str]:
    _take(tokens, "mark", "a list in parentheses")
    members: set[str] = set()
    while tokens and len(members) <= LISTED_MAX:
        members.add(str(_literal(tokens)))
        if _take(tokens, "mark", "a comma or the end of the list") == ")":
            return frozenset(members)
    raise Refused("A list of a filter does not end.")


def _literal(tokens: list[FilterWord]) -> str | float:
    token = tokens.pop(0) if tokens else FilterWord("", "")
    if token.kind == "number":
        return float(token.text)
    if token.kind == "text":
        return token.text[1:-1].replace("''", "'")
    if token.kind == "name" and token.text.startswith('"'):
        return token.text[1:-1]
    raise Refused("A comparison ends in a number, or in a text between quotation marks.")


def _take(tokens: list[FilterWord], kind: str, what: str) -> str:
    if not tokens or tokens[0].kind != kind:
        raise Refused(f"The filter wants {what} here.")
    return tokens.pop(0).text
