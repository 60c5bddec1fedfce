"""How often champion and challenger say the same, by pair of classes; totals of one boot."""

from device_agent.protocol.field.shadow import PAIRS_MAX


class Agreement:
    """Counts only; bounded by the number of different pairs."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[int, int], int] = {}
        self.skipped = 0

    def add(self, champion: int, challenger: int) -> None:
        """Count one inference of both; a pair beyond all that fit is skipped."""
        pair = (champion, challenger)
        if pair in self._pairs or len(self._pairs) < PAIRS_MAX:
            self._pairs[pair] = self._pairs.get(pair, 0) + 1
        else:
            self.skipped += 1

    @property
    def ran(self) -> int:
        """Inferences of both."""
        return sum(self._pairs.values())

    @property
    def pairs(self) -> tuple[tuple[int, int, int], ...]:
        """(champion's class, challenger's class, inferences), in order."""
        return tuple((*pair, count) for pair, count in sorted(self._pairs.items()))
