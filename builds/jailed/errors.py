"""Why a jailed child left no result: one set of errors for all of them.

What the input is to blame for is refused at once; what another try may mend is tried again.
"""

from typing import Final

from fleet.lib.errors import FleetError, Unavailable, Unprocessable

SENTENCE_CHARS: Final = 1000


class ChildRefused(Unprocessable):
    """The child said why it cannot use its input; it would say so again."""

    code = "not_usable"


class ChildCrashed(ChildRefused):
    """The child broke on these bytes, or outgrew its room, and would again: no try helps."""

    code = "child_crashed"


class ChildFailed(FleetError):
    """The child met a fault of ours, and says so: no try helps until that is mended."""

    code = "child_failed"


class ChildStopped(Unavailable):
    """The child was ended by its deadline: the same work may be done on a quieter machine."""

    code = "child_stopped"


class ChildLost(Unavailable):
    """The child died, was never there or left nonsense, and no limit of ours explains it."""

    code = "child_lost"


def error_sentence(error: Exception) -> str:
    """Return an error as one bounded sentence with a capital and a full stop."""
    return sentence(str(error)) or f"The build stopped by {type(error).__name__}."


def sentence(words: str) -> str:
    """Return words as one bounded sentence with a capital and a full stop; none for none."""
    text = " ".join(words.split())[:SENTENCE_CHARS]
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
