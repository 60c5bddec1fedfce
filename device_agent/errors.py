"""What can go wrong on a device, sorted by what to do about it.

``UpdateRefused``: the other side is wrong; report and do not try again. ``ServiceUnreachable``:
nobody is wrong; try again later. ``StorageUnusable``: the medium is wrong; report, keep running
what runs.
"""


class AgentError(Exception):
    """Anything the agent raises on purpose; the text is one sentence for people.

    ``cause`` is the word a failed update is reported with, for those who count.
    """

    cause = "other"


class UpdateRefused(AgentError):
    """An update that must not be installed."""

    cause = "rejected"


class Unverified(UpdateRefused):
    """What should be signed is not, or not as it should be."""

    cause = "verify"


class DownloadStuck(UpdateRefused):
    """A download that leads nowhere."""

    cause = "download"


class Misconfigured(AgentError):
    """The configuration names something that cannot work."""


class NotEnrolled(AgentError):
    """The device has no key or no keys to trust; enrol it first."""


class ServiceUnreachable(AgentError):
    """The service did not answer as it should; ``retry_after`` seconds if it said so."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Rejected(AgentError):
    """The service answered, and the answer is no."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class StorageUnusable(AgentError):
    """The medium does not take or give bytes."""

    cause = "install"


class StorageFull(StorageUnusable):
    """There is no room."""


class NotProven(StorageUnusable):
    """The device had no room to try a model; another time it may."""


class ModelBroken(AgentError):
    """The compiled model does not load, start or answer as its golden vectors say."""

    cause = "install"
