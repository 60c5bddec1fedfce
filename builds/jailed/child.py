"""What every jailed child does first and last: ask for its tools, and say how it ended.

Guarantees: each end is a result: what was made, or one sentence with whose fault it is.
"""

import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from builds.jailed.asking import Asking
from builds.toolchain.run import ask_instead
from fleet.lib.errors import Unavailable

RESULT: Final = "result.json"
SENTENCE_CHARS: Final = 1000


def run_child(work: Callable[[], dict[str, Any]], refusals: tuple[type[Exception], ...]) -> int:
    """Do the work in the current folder; `refusals` are what the input is to blame for."""
    folder = Path.cwd()
    ask_instead(Asking(folder, Path(sys.argv[1])).run)
    try:
        result = {"ended": "made", **work()}
    except refusals as error:
        result = _ended("refused", error)
    except Unavailable as error:
        result = _ended("later", error)
    except Exception as error:
        traceback.print_exc()
        result = _ended("failed", error)
    (folder / RESULT).write_text(json.dumps(result))
    return 0


def _ended(how: str, error: Exception) -> dict[str, Any]:
    text = " ".join(str(error).split()) or f"The build stopped by {type(error).__name__}"
    return {"ended": how, "sentence": text[:SENTENCE_CHARS]}
