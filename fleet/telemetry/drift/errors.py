"""What the statistics refuse. Nothing here knows HTTP: the shell turns these into its own
answers.
"""


class DriftError(Exception):
    """Base of every refusal of this package."""


class BadCounts(DriftError):
    """The counts cannot be what they claim: wrong length, negative or not finite."""


class NotEnoughData(DriftError):
    """An honest "cannot tell yet": how many samples are there and how many it takes."""

    def __init__(self, have: float, need: float) -> None:
        """Keep both numbers, so that a page can say how many samples are missing."""
        super().__init__(f"{have:.0f} samples, {need:.0f} are needed before this can be judged")
        self.have = have
        self.need = need
