"""Why an installation failed, from what the device wrote: our agent names it, others are read.

Our agent's details start with a word and a colon (`trial: vector 3 differs`).
"""

from collections.abc import Mapping

from device_agent.protocol.ddi import Feedback
from ota.engine.states import Cause

NAMED = frozenset(
    {Cause.DOWNLOAD, Cause.VERIFY, Cause.INSTALL, Cause.TRIAL, Cause.REJECTED, Cause.OTHER}
)
# What other clients write, in the order in which it is looked for.
SPOKEN: Mapping[str, Cause] = {
    "signature": Cause.VERIFY,
    "checksum": Cause.VERIFY,
    "hash": Cause.VERIFY,
    "verif": Cause.VERIFY,
    "download": Cause.DOWNLOAD,
    "install": Cause.INSTALL,
    "flash": Cause.INSTALL,
    "rejected": Cause.REJECTED,
}


def cause_of(feedback: Feedback) -> Cause:
    """The cause that a failure's feedback tells."""
    for detail in feedback.details:
        word = detail.partition(":")[0].strip().lower()
        if word in NAMED:
            return Cause(word)
    text = " ".join(feedback.details).lower()
    return next((cause for word, cause in SPOKEN.items() if word in text), Cause.OTHER)
