"""Who did it: the name under which a change enters the audit log."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """The kinds of callers that can change anything."""

    USER = "user"
    TOKEN = "token"  # noqa: S105 - a kind of caller, not a credential
    DEVICE = "device"
    GATEWAY = "gateway"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """A caller: its kind, its stable id, and the label that people read."""

    kind: ActorKind
    id: str
    label: str


def system(part: str) -> Actor:
    """Return the actor for what the service does by itself, such as `system("rollout tick")`."""
    return Actor(ActorKind.SYSTEM, part, part)
