"""Inputs that are kept for a capture, in memory only, bounded: a reservoir, or the least sure."""

import random
from heapq import heappush, heappushpop

from device_agent.protocol.field.capture import CapturedSample, Pick

MEMORY_BYTES = 16 * 1024 * 1024
TOLD_BYTES = 16  # that a sample takes beside its input: its class and how sure the model was


class Keeper:
    """Keeps ``samples`` inputs, fewer where they take more than ``bytes_max`` or the memory."""

    def __init__(
        self,
        pick: Pick,
        samples: int,
        bytes_max: int,
        *,
        choose: random.Random | None = None,
    ) -> None:
        self._pick, self._samples = pick, samples
        self._room = min(bytes_max, MEMORY_BYTES)
        self._choose = choose or random.SystemRandom()
        self._seen = 0
        self._sure: list[tuple[int, int, CapturedSample]] = []
        self._kept: list[CapturedSample] = []

    @property
    def kept(self) -> list[CapturedSample]:
        """What is kept now."""
        return [each for _, _, each in self._sure] or list(self._kept)

    def offer(self, sample: CapturedSample) -> None:
        """Keep it, perhaps in another's place."""
        most = min(self._samples, self._room // (len(sample.data) + TOLD_BYTES))
        self._seen += 1
        if most == 0:
            return
        if self._pick is Pick.UNCERTAIN:
            self._offer_by_sureness(sample, most)
        elif len(self._kept) < most:
            self._kept.append(sample)
        else:  # each of all that were seen is as likely as any other (Vitter's algorithm R)
            at = self._choose.randrange(self._seen)
            if at < most:
                self._kept[at] = sample

    def _offer_by_sureness(self, sample: CapturedSample, most: int) -> None:
        entry = (-sample.sure, self._seen, sample)  # the heap's first is the surest
        if len(self._sure) < most:
            heappush(self._sure, entry)
        else:
            heappushpop(self._sure, entry)
