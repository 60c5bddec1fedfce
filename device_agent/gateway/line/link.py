"""The way to one child: packets go out and come in, and whatever else happens is silence."""

from typing import Protocol

from device_agent.errors import AgentError


class ChildSilent(AgentError):
    """The child does not answer now; nobody is wrong, and it is asked again later."""


class ChildStrange(AgentError):
    """What answers is not the child that was enrolled, or makes no sense; a person has to look."""


class Link(Protocol):
    """A way to a child, opened when it is first used. One thread at a time uses it."""

    @property
    def name(self) -> str:
        """What people call it: its kind and its address."""
        ...

    @property
    def packet_bytes(self) -> int:
        """Return how long a packet may be."""
        ...

    def widen(self, buffer_bytes: int) -> None:
        """Learn how much the child takes at once; 0: it restarts, and nothing is known any more."""
        ...

    def send(self, packet: bytes) -> None:
        """Send one packet; ``ChildSilent`` where nothing can be sent."""
        ...

    def receive(self, seconds: float) -> bytes:
        """Return the next packet; ``ChildSilent`` when none came in time."""
        ...

    def close(self) -> None:
        """Let go of the port; the next use opens it again."""
        ...
