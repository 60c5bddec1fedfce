"""Telemetry windows of a chip: taken over, kept on the gateway, handed in as the child's own.

A window is dropped on the chip only once it lies on the gateway's medium, and here only once the
service has it: what is cut short anywhere is told twice, and counted once by its sequence.
"""

import logging
from dataclasses import dataclass
from typing import Final

from device_agent.clock import Clock
from device_agent.errors import Rejected, StorageUnusable
from device_agent.gateway.carriers.slots import ChipCarrier
from device_agent.net.client import DeviceClient
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.frame import decode_frame
from device_agent.telemetry.spool import Spool

log = logging.getLogger(__name__)

WINDOWS_PER_VISIT: Final = 64
PERMANENT: Final = frozenset({400, 404, 405, 409, 410, 413, 415, 422})


def collect(carrier: ChipCarrier, spool: Spool) -> int:
    """Take over what the chip keeps; how many windows."""
    taken = 0
    while taken < WINDOWS_PER_VISIT:
        window = carrier.window()
        if not window.frame:
            break
        try:
            frame = decode_frame(window.frame)
        except ProtocolError as error:
            # It would never be accepted: it must not stand before the others for ever.
            log.warning("A window of the child is not a frame: %s", error)
            spool.lose()
        else:
            if not spool.put(frame):
                raise StorageUnusable("The gateway has no room for a window of its child.")
        carrier.drop_window(window)
        taken += 1
    return taken


@dataclass(frozen=True, slots=True)
class ChipClock:
    """What a chip said of its time, and when, in seconds of the gateway's uptime."""

    boot: int
    up_seconds: int
    told_at: float

    def now(self, uptime: float) -> int:
        """Return the chip's own uptime."""
        return self.up_seconds + max(int(uptime - self.told_at), 0)


def hand_in(client: DeviceClient, url: str, spool: Spool, *, chip: ChipClock, clock: Clock) -> None:
    """Hand in what waits, oldest first: with the chip's own boot and time, by which the service
    tells when a window was.
    """
    sent = 0
    for path, _, sealed in spool.waiting():
        if sent >= WINDOWS_PER_VISIT:
            break
        try:
            client.telemetry(url, sealed, boot_id=chip.boot, uptime_s=chip.now(clock.uptime()))
        except Rejected as error:
            if error.status not in PERMANENT:
                raise
            log.warning("The service refused a telemetry window: %s", error)
            spool.lose()
        spool.remove(path)
        sent += 1
    if sent:
        spool.settle()
