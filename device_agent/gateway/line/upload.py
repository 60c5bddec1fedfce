"""Bytes to a child, piece by piece, from wherever the child says that it is.

A lost answer is asked for again with the same piece: a server that has it already says from where
to go on. An offset of 0 means that the child has forgotten all; then everything begins again, a
bounded number of times.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from device_agent.errors import DownloadStuck
from device_agent.gateway.line.conversation import Conversation
from device_agent.gateway.line.link import ChildSilent
from device_agent.protocol import fields
from device_agent.protocol.errors import ProtocolError

BEGINNINGS_MAX: Final = 4  # for one visit; the next visit goes on
STANDSTILLS_MAX: Final = 8  # answers one after another that move nothing
PIECE_UNIT: Final = 16  # bytes: flash is written in units of up to 32, and buffers hold the rest
PIECE_MIN: Final = 64
PIECE_MAX: Final = 16 * 1024
# A chip erases flash while it takes the first piece, and may not answer for seconds.
FIRST_SECONDS: Final = 20.0
PIECE_SECONDS: Final = 8.0
TRIES: Final = 2  # with pieces of one size


@dataclass(slots=True)
class PieceUpload:
    """One way to write: group, command, and what goes along with the first piece.

    Some lines lose what is longer than a receiver's queue, whatever buffer the server tells of:
    where nothing is heard, pieces become shorter.
    """

    conversation: Conversation
    group: int
    command: int
    data: bytes
    first: Mapping[str, object]
    progress: Callable[[int], None] = lambda _: None  # called with the bytes that the child has
    piece_bytes: int = PIECE_MAX

    def send(self) -> None:
        """Send all of it. Raises ``ChildSilent``, ``ChildRefused``, ``DownloadStuck``."""
        offset, beginnings, standstills = 0, 0, 0
        while offset < len(self.data):
            if offset == 0:
                beginnings += 1
                if beginnings > BEGINNINGS_MAX:
                    raise ChildSilent("The child has begun again too often; it is tried later.")
            wanted = self._piece(offset)
            standstills = standstills + 1 if wanted == offset else 0
            if standstills > STANDSTILLS_MAX:
                raise DownloadStuck(f"The child does not go on from byte {offset}.")
            offset = wanted
            self.progress(offset)

    def _piece(self, offset: int) -> int:
        head: dict[str, object] = {"off": offset, "data": b""}
        if offset == 0:
            head |= self.first
        room = self.conversation.room_for(self.group, self.command, head)
        if room < PIECE_UNIT:
            raise DownloadStuck("The child takes packets that are too short for an upload.")
        while True:
            size = min(room - room % PIECE_UNIT, self.piece_bytes)
            try:
                answer = self.conversation.ask(
                    self.group,
                    self.command,
                    {**head, "data": self.data[offset : offset + size]},
                    write=True,
                    tries=TRIES,
                    seconds=PIECE_SECONDS if offset else FIRST_SECONDS,
                )
            except ChildSilent:
                if size <= PIECE_MIN:
                    raise
                self.piece_bytes = max(size // 2 // PIECE_UNIT * PIECE_UNIT, PIECE_MIN)
            else:
                return self._wanted(answer)

    def _wanted(self, answer: Mapping[str, object]) -> int:
        try:
            return fields.integer(answer, "off", high=len(self.data))
        except ProtocolError as error:
            raise DownloadStuck(f"The child asks for bytes that are not there: {error}") from error
