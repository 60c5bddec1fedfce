"""The operators that the compiler takes, and what it asks of each: from the checking functions."""

from collections.abc import Callable

from builds.compiler.supported import CONSTRAINTS


def page() -> str:
    """Return the page as Markdown."""
    head = "# Operators\n\nThe compiler takes int8 models whose operators are in this list. "
    head += f"{len(CONSTRAINTS)} operators; each sentence is also the text of the refusal.\n"
    return head + "".join(_section(name, rules) for name, rules in sorted(CONSTRAINTS.items()))


def _section(name: str, rules: tuple[Callable[..., bool], ...]) -> str:
    return f"\n## {name}\n\n" + "".join(f"- {_sentence(rule)}\n" for rule in rules)


def _sentence(rule: Callable[..., bool]) -> str:
    return " ".join((rule.__doc__ or rule.__name__).split())
