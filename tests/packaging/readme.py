"""The commands that the README shows, as a reader would type them."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
BLOCK: Final = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(heading: str) -> list[list[str]]:
    """The code blocks below a heading, each a list of commands without its remarks."""
    text = (ROOT / "README.md").read_text("utf-8")
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [_commands(block) for block in BLOCK.findall(section)]


def _commands(block: str) -> list[str]:
    lines = (re.split(r"\s#\s", line)[0].strip() for line in block.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
