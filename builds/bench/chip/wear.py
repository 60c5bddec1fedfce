"""How long a ring of windows lasts in flash that bears a number of erasures.

Every window takes a place in a sector, and a sector is erased once each time the ring has gone
round; the sizes are those of `ef_ring.cc`.
"""

from dataclasses import dataclass

from builds.image import ImageError

ERASURES = 10_000  # that a sector of common parts bears
DAYS_A_YEAR = 365.25
MARK_BYTES, HEAD_BYTES, RECORD_BYTES = 16, 24, 28  # before they are filled up to write units


@dataclass(frozen=True)
class RingFlash:
    """An area of flash: bytes of a sector, sectors, and bytes of a write unit."""

    sector: int = 4096
    sectors: int = 4
    unit: int = 8

    def windows_a_sector(self, frame_bytes: int) -> int:
        """Return how many windows of this size a sector holds; raises ImageError where none."""
        head = self._filled(MARK_BYTES) + self._filled(HEAD_BYTES)
        record = self._filled(RECORD_BYTES) + self._filled(frame_bytes) + self.unit
        if (count := (self.sector - head) // record) < 1:
            raise ImageError(
                f"A sector of {self.sector} bytes holds no window of {frame_bytes} bytes."
            )
        return count

    def windows_kept(self, frame_bytes: int) -> int:
        """Return how many windows wait at least before the oldest is overwritten."""
        return self.windows_a_sector(frame_bytes) * (self.sectors - 2) + 1

    def years(self, frame_bytes: int, windows_a_day: float, erasures: int = ERASURES) -> float:
        """Return the years until every sector was erased so often."""
        days = erasures * self.sectors * self.windows_a_sector(frame_bytes) / windows_a_day
        return days / DAYS_A_YEAR

    def _filled(self, size: int) -> int:
        return -(-size // self.unit) * self.unit
