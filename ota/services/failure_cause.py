"""Why an installation failed, from what the device wrote: our agent names it, others are read.

Our agent's details start with a word and a colon (`trial: vector 3 differs`).
"""

from collections.abc import Mapping

from device_agent.protocol.ddi import Feedback
from ota.engine.states import FailureCause

NAMED = frozenset(
    {
        FailureCause.DOWNLOAD,
        FailureCause.VERIFY,
        FailureCause.INSTALL,
        FailureCause.TRIAL,
        FailureCause.REJECTED,
        FailureCause.OTHER,
    }
)
# What other clients write, in the order in which it is looked for.
SPOKEN: Mapping[str, FailureCause] = {
    "signature": FailureCause.VERIFY,
    "checksum": FailureCause.VERIFY,
    "hash": FailureCause.VERIFY,
    "verif": FailureCause.VERIFY,
    "download": FailureCause.DOWNLOAD,
    "install": FailureCause.INSTALL,
    "flash": FailureCause.INSTALL,
    "rejected": FailureCause.REJECTED,
}


def cause_of(feedback: Feedback) -> FailureCause:
    """Return the cause that a failure's feedback tells."""
    for detail in feedback.details:
        word = detail.partition(":")[0].strip().lower()
        if word in NAMED:
            return FailureCause(word)
    text = " ".join(feedback.details).lower()
    return next((cause for word, cause in SPOKEN.items() if word in text), FailureCause.OTHER)
