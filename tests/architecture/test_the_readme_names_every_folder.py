"""Whoever looks for something finds its folder in the README's table."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def packages(below: Path) -> set[str]:
    """Folders with code that is ours."""
    return {
        path.parent.relative_to(ROOT).as_posix()
        for path in below.glob("*/__init__.py")
        if path.parent.name != "__pycache__"
    }


def test_every_package_is_in_the_table_and_nothing_else() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[^|]*/`) \|", text, re.MULTILINE)
    named = {name.rstrip("/") for row in rows for name in re.findall(r"`([^`]+/)`", row)}
    assert named - {"tests", "requirements"} == packages(ROOT) - {"tests"} | packages(
        ROOT / "fleet"
    )
    assert all((ROOT / name).is_dir() for name in named)
