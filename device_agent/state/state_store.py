"""The agent's state, durable before it is acted on."""

import logging

from device_agent.errors import StorageUnusable
from device_agent.protocol.errors import ProtocolError
from device_agent.state.record import AgentState, dump_state, parse_state
from device_agent.storage.durable import Journal
from device_agent.storage.port import Storage

log = logging.getLogger(__name__)

NAME = "state"


class StateStore:
    """Holds the current state; ``become`` returns when the new one would survive a power cut."""

    def __init__(self, storage: Storage, state: AgentState, journal: Journal) -> None:
        self._storage, self._journal = storage, journal
        self.state = state

    @classmethod
    def load(cls, storage: Storage) -> "StateStore | None":
        """Return what was last remembered; None if that is lost or was never there."""
        journal = Journal(storage, NAME)
        record = journal.load()
        try:
            return None if record is None else cls(storage, parse_state(record), journal)
        except ProtocolError:
            return None

    @classmethod
    def begin(cls, storage: Storage, state: AgentState) -> "StateStore":
        """Start over from a given state."""
        journal = Journal(storage, NAME)
        journal.load()
        store = cls(storage, AgentState(), journal)
        store.save_if_possible(state)
        return store

    def save_if_possible(self, state: AgentState) -> None:
        """Go on with ``state`` even if the medium takes nothing: what runs should run on.

        Nothing may be done that has to be remembered; ``become`` still refuses that.
        """
        try:
            self.save(state)
        except StorageUnusable as error:
            log.warning("The state cannot be written, updates will fail: %s", error)
            self.state = state

    def save(self, state: AgentState) -> None:
        """Remember ``state``. What must never be lost is written to both files of the journal."""
        if state == self.state:
            return
        before = self.state
        precious = _precious(state) != _precious(before)
        self._journal.save(dump_state(state), twice=precious)
        self.state = state


def _precious(state: AgentState) -> tuple[object, ...]:
    return state.floor, dict(state.security), state.failed, state.active
