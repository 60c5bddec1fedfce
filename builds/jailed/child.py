"""What every jailed child that needs tools does first: have them run by the worker."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from builds.jailed.asking import Asking
from builds.jailed.ending import Errors, leave_result
from builds.toolchain.run import ask_instead
from fleet.lib.errors import Unavailable


def run_child(work: Callable[[], dict[str, Any]], refusals: Errors) -> int:
    """Do the work in the current folder; `refusals` are what the input is to blame for."""
    ask_instead(Asking(Path.cwd(), Path(sys.argv[1])).run)
    return leave_result(work, refused=refusals, later=(Unavailable,))
