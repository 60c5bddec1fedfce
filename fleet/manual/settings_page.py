"""The table of settings, read from the settings files: whatever asks the environment is in it."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fleet import env

FOLDER: Final = Path(__file__).resolve().parents[1] / "settings"
READERS: Final = frozenset(
    name
    for name, reader in inspect.getmembers(env, inspect.isfunction)
    if reader.__module__ == env.__name__
)


@dataclass(frozen=True)
class DocumentedSetting:
    """One variable: its name, default and the comment beside it."""

    name: str
    default: str
    comment: str


def page() -> str:
    """Return the page as Markdown."""
    rows = sorted({setting.name: setting for setting in settings()}.values(), key=lambda s: s.name)
    head = "# Settings\n\nEvery setting comes from the environment. A secret may lie in a file that"
    head += " `NAME_FILE` names.\n\n| variable | default | what it is |\n|---|---|---|\n"
    return head + "".join(f"| `{s.name}` | {s.default} | {s.comment} |\n" for s in rows)


def settings() -> Iterator[DocumentedSetting]:
    """Yield what each settings file asks of the environment, in its order."""
    for path in sorted(FOLDER.glob("*.py")):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and _reads(node):
                yield _setting(node, text)


def _reads(node: ast.Call) -> bool:
    called = node.func
    return (
        isinstance(called, ast.Attribute)
        and isinstance(called.value, ast.Name)
        and called.value.id == "env"
        and called.attr in READERS
        and isinstance(node.args[0], ast.Constant)
    )


def _setting(node: ast.Call, text: str) -> DocumentedSetting:
    argument = node.args[0]
    name = str(argument.value) if isinstance(argument, ast.Constant) else ""
    default = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "default")]
    # As it is written: what a parser would print of it differs between Pythons.
    written = (ast.get_source_segment(text, default[0]) if default else None) or ""
    shown = f"`{_short(' '.join(written.split()))}`" if written else ""
    return DocumentedSetting(name, shown, _comment(text.splitlines(), node.lineno - 1))


def _short(default: str) -> str:
    """Write the folder of the embedded default as people see it."""
    shown = default.replace('home(BASE_DIR) / "var"', "var").replace("VAR_DIR", "var")
    return shown.replace("|", "\\|")


def _comment(lines: list[str], at: int) -> str:
    """Return the comment at the end of the line, or the ones right above the statement."""
    _, mark, beside = lines[at].partition("  # ")
    if mark:
        return beside
    start = at
    while start > 0 and lines[start].startswith((" ", ")", "]", "}")):
        start -= 1
    above: list[str] = []
    while start > 0 and lines[start - 1].startswith("# ") and "---" not in lines[start - 1]:
        start -= 1
        above.insert(0, lines[start].removeprefix("# "))
    return " ".join(above)
