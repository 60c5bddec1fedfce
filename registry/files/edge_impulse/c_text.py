"""The little of C that generated headers need: comments, definitions, lists between braces. Pure.

Guarantees: the time is linear in the length of the text; nothing is expanded, included or run; any
text gives what it holds or Refused.
"""

import re
from collections.abc import Mapping
from typing import Final

from fleet.lib.errors import Refused

FOLLOWED: Final = 8  # names that lead to names
ITEMS_MAX: Final = 4096  # of one list
MARK: Final = re.compile(r'//|/\*|"')
STRING: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"')
DEFINITION: Final = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+([^\n]+)$", re.MULTILINE)
PIECE: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|[^",{}]+|[,{}]')
ESCAPE: Final = re.compile(r"\\(.)")


def decoded(data: bytes, name: str) -> str:
    """A member's bytes as text without comments. Raises Refused."""
    try:
        return plain(data.decode())
    except UnicodeDecodeError as error:
        raise Refused(f"{name} in the archive is not text.", code="unreadable") from error


def plain(text: str) -> str:
    """The text without comments; strings stay. Raises Refused for what is not closed."""
    kept, at = [], 0
    while (mark := MARK.search(text, at)) is not None:
        kept.append(text[at : mark.start()])
        end = _end(text, mark)
        kept.append(text[mark.start() : end] if mark[0] == '"' else " ")
        at = end
    return "".join([*kept, text[at:]])


def _end(text: str, mark: re.Match[str]) -> int:
    if mark[0] == "//":
        line = text.find("\n", mark.end())
        return len(text) if line < 0 else line
    if mark[0] == "/*" and (close := text.find("*/", mark.end())) >= 0:
        return close + 2
    if mark[0] == '"' and (string := STRING.match(text, mark.start())):
        return string.end()
    raise Refused("A header in the archive has a comment or a string without an end.")


def definitions(text: str) -> dict[str, str]:
    """What the text defines, by name; of two definitions the first."""
    found: dict[str, str] = {}
    for match in DEFINITION.finditer(text):
        found.setdefault(match[1], match[2].strip())
    return found


def resolved(defined: Mapping[str, str], name: str) -> str:
    """The value that a name leads to, over other names; empty where there is none."""
    value = defined.get(name, "")
    for _ in range(FOLLOWED):
        value = defined.get(value, value)
    return value


def items(text: str, at: int) -> list[str]:
    """The items of the list whose brace was opened just before `at`. Raises Refused."""
    found, item = [], ""
    for piece in PIECE.finditer(text, at):
        if piece[0] == "{":
            break
        if piece[0] not in (",", "}"):
            item += piece[0]
            continue
        if item.strip():
            found.append(item.strip())
        if piece[0] == "}":
            return found
        item = ""
        if len(found) > ITEMS_MAX:
            raise Refused(f"A header in the archive has a list of more than {ITEMS_MAX} items.")
    raise Refused("A header in the archive has a list that is not closed, or one in another.")


def unquoted(item: str) -> str:
    """The characters of a string. Raises Refused for anything else."""
    if not STRING.fullmatch(item):
        raise Refused("A header in the archive has something else where a string belongs.")
    if set(ESCAPE.findall(item)) - {'"', "\\", "'"}:
        raise Refused("A string in the archive's headers has an escape that is not read.")
    return ESCAPE.sub(r"\1", item[1:-1])
