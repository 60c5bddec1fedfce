"""The agent's state, durable before it is acted on."""

from device_agent.durable import Journal
from device_agent.protocol.errors import ProtocolError
from device_agent.state import AgentState, dump_state, parse_state
from device_agent.storage import Storage

NAME = "state"


class Memory:
    """Holds the current state; ``become`` returns when the new one would survive a power cut."""

    def __init__(self, storage: Storage, state: AgentState, journal: Journal) -> None:
        self._storage, self._journal = storage, journal
        self.state = state

    @classmethod
    def load(cls, storage: Storage) -> "Memory | None":
        """What was last remembered; None if that is lost or was never there."""
        journal = Journal(storage, NAME)
        record = journal.load()
        try:
            return None if record is None else cls(storage, parse_state(record), journal)
        except ProtocolError:
            return None

    @classmethod
    def begin(cls, storage: Storage, state: AgentState) -> "Memory":
        """Start anew from a given state."""
        journal = Journal(storage, NAME)
        journal.load()
        memory = cls(storage, state, journal)
        journal.save(dump_state(state), twice=True)
        return memory

    def become(self, state: AgentState) -> None:
        """Remember ``state``. What must never be lost is written to both files of the journal."""
        if state == self.state:
            return
        before = self.state
        precious = (state.floor, state.failed, state.active) != (
            before.floor,
            before.failed,
            before.active,
        )
        self._journal.save(dump_state(state), twice=precious)
        self.state = state
