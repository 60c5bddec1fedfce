"""Questions to a child and their answers: each answer belongs to its question, or it is dropped.

Lines lose, double and reorder packets. An answer counts only if operation, group, command and
sequence are those of the question; what is not a packet at all is noise. A question is asked again
where no answer came, so only what may be done twice is asked through ``ask``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from device_agent.clock import Clock
from device_agent.errors import AgentError
from device_agent.gateway.line.link import ChildSilent, Link
from device_agent.protocol.chip.packet import (
    VERSION,
    Fault,
    Operation,
    Packet,
    dump_packet,
    parse_fault,
    parse_packet,
)
from device_agent.protocol.errors import ProtocolError

ANSWER_SECONDS = 2.5
TRIES = 3
STRAYS_MAX = 32  # packets that answer nothing, for one question


class SmpRefused(AgentError):
    """The child answered, and the answer is no."""

    def __init__(self, fault: Fault, command: int) -> None:
        super().__init__(
            f"The child refuses command {command} (group {fault.group}, code {fault.code})."
        )
        self.fault = fault


@dataclass(slots=True)
class LinkQuality:
    """Counted since the agent started."""

    asked: int = 0
    lost: int = 0  # questions without an answer in time
    strays: int = 0  # packets that answered nothing, and noise


class Conversation:
    """One child, asked one question at a time."""

    def __init__(self, link: Link, clock: Clock, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self.link, self._clock = link, clock
        self._answer_seconds = answer_seconds
        self._sequence = 0
        self.quality = LinkQuality()

    def ask(
        self,
        group: int,
        command: int,
        payload: Mapping[str, object] | None = None,
        *,
        write: bool = False,
        tries: int = TRIES,
        seconds: float | None = None,
    ) -> dict[str, object]:
        """Return the answer's map. Raises ``ChildSilent``, ``ChildRefused``."""
        operation = Operation.WRITE if write else Operation.READ
        for _ in range(tries):
            self._sequence = (self._sequence + 1) & 0xFF
            packet = Packet(operation, group, command, self._sequence, dict(payload or {}))
            self.quality.asked += 1
            answer = self._answer_to(packet, seconds or self._answer_seconds)
            if answer is not None:
                return answer.payload
            self.quality.lost += 1
        raise ChildSilent(f"The child on {self.link.name} does not answer.")

    def room_for(self, group: int, command: int, payload: Mapping[str, object]) -> int:
        """Return how many bytes a byte string that is empty in this payload may have."""
        whole = Packet(Operation.WRITE, group, command, 0, dict(payload))
        return self.link.packet_bytes - len(dump_packet(whole)) - 2  # of a longer length

    def _answer_to(self, asked: Packet, seconds: float) -> Packet | None:
        self.link.send(dump_packet(asked))
        deadline = self._clock.uptime() + seconds
        for _ in range(STRAYS_MAX):
            left = deadline - self._clock.uptime()
            if left <= 0:
                return None
            try:
                data = self.link.receive(left)
            except ChildSilent:
                return None
            found = self._fitting(asked, data)
            if found is not None:
                return found
            self.quality.strays += 1
        return None

    def _fitting(self, asked: Packet, data: bytes) -> Packet | None:
        try:
            packet = parse_packet(data)
            fault = parse_fault(packet)
        except ProtocolError:
            return None
        told = packet.operation, packet.group, packet.command, packet.sequence
        if told != (asked.operation + 1, asked.group, asked.command, asked.sequence):
            return None
        if packet.version not in (0, VERSION):
            return None
        if fault is not None:
            raise SmpRefused(fault, asked.command)
        return packet
