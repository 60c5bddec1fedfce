"""What every jailed child does last: it leaves a file that says how it ended.

Guarantees: each end is a result: what was made, or one sentence that says whose fault it is. Where
the child itself failed, its traceback and exit code tell a lack of memory from a fault of ours.
Imports nothing of ours, so that any child may use it.
"""

import json
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

RESULT: Final = "result.json"
SENTENCE_CHARS: Final = 1000
Errors = tuple[type[Exception], ...]


def leave_result(
    work: Callable[[], Mapping[str, Any]], *, refused: Errors, later: Errors = ()
) -> int:
    """Do the work and leave its result in the current folder.

    `refused` are the errors that the input is to blame for, `later` those that may pass.
    """
    folder = Path.cwd()
    try:
        result = {"ended": "made", **work()}
    except refused as error:
        result = _ended("refused", error)
    except later as error:
        result = _ended("later", error)
    except Exception as error:
        traceback.print_exc()
        result = _ended("failed", error)
    (folder / RESULT).write_text(json.dumps(result))
    return int(result["ended"] == "failed")


def _ended(how: str, error: Exception) -> dict[str, Any]:
    text = " ".join(str(error).split()) or f"The build stopped by {type(error).__name__}"
    return {"ended": how, "sentence": text[:SENTENCE_CHARS]}
