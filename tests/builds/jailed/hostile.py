"""A stand-in for the child that reads a model: code that was taken over, and tries to get out."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builds.jailed import running
from builds.jailed.ask import Ask
from builds.jailed.running import ChildLimits, child
from builds.pipeline.jailed import STAGES

HEAD = """
import json, os, sys
answers = sys.argv[1]
def ask(**changes):
    wish = {"tool": "zig", "script": "", "arguments": ["version"], "folder": None, "reads": [],
            "deadline_seconds": 60, "memory_bytes": None, "processes": True} | changes
    open("ask.json", "w").write(json.dumps(wish))
    print("ask", flush=True)
    if not os.read(0, 1):
        sys.exit(5)
    return json.load(open(answers + "/answer.json"))
def end(**result):
    json.dump({"ended": "made"} | result, open("result.json", "w"))
"""
WISH = Ask("zig", "", ("version",), None, (), 60.0, None, processes=True)


def takes_over(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """From now on, this code runs in place of every child of ours."""
    command: Callable[..., list[str]] = lambda module, answers: [  # noqa: E731 - it stands in
        *(sys.executable, "-I", "-c", HEAD + code, answers)
    ]
    monkeypatch.setattr(running, "python_command", command)


def result_of(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    code: str,
    limits: ChildLimits = STAGES.limits,
) -> dict[str, Any]:
    """What such a child said at its end."""
    takes_over(monkeypatch, code)
    with child(replace(STAGES, limits=limits), {}, folder) as left:
        return dict(left.result)
