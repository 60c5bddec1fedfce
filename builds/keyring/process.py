"""Which kind of process may open which private key, as data.

In production every kind runs as a user of its own: what it may not open it cannot read either, and
a system check refuses to start one that can. The embedded default runs the same processes over one
folder of keys.
"""

from enum import StrEnum
from typing import Final

from django.conf import settings

from builds.choices import KeyRole
from fleet.lib.errors import Forbidden


class Process(StrEnum):
    """What EDGEFLEET_PROCESS says."""

    WEB = "web"  # pages, REST, devices
    WORKER = "worker"  # rollouts, drift, sweeps
    BEAT = "beat"
    BUILD = "build"  # compiles, proves, and signs what it has built
    SIGNER = "signer"  # the update repository, instructions, the audit log's head
    COMMAND = "command"  # a person at a terminal


CAPTURE: Final = "capture"  # opens captured samples; not a key that signs
REPOSITORY: Final = "repository"  # all roles of the key book that are no KeyRole
BUILT: Final = frozenset({KeyRole.ARTIFACTS, KeyRole.FIRMWARE, KeyRole.BUILDER})
SIGNED: Final = frozenset({KeyRole.DIRECTOR, KeyRole.AUDIT, REPOSITORY})
HOLDS: Final = {
    Process.BUILD: BUILT,
    Process.SIGNER: SIGNED,
    Process.COMMAND: BUILT | SIGNED,
}
# Keys that sign nothing: a process that opens one is as keyless as before.
OPENS: Final = {Process.WORKER: frozenset({CAPTURE}), Process.COMMAND: frozenset({CAPTURE})}


def here() -> str:
    """What this process is."""
    return str(settings.EDGEFLEET_PROCESS)


def held_by(process: str) -> frozenset[str]:
    """The roles whose keys a kind of process may open; an unknown kind may open none."""
    return HOLDS.get(process, frozenset())  # type: ignore[call-overload,no-any-return]


def opened_by(process: str) -> frozenset[str]:
    """The roles whose keys, of whatever use, a kind of process may open."""
    own = next((roles for kind, roles in OPENS.items() if kind == process), frozenset())
    return held_by(process) | own


def may_open(role: str) -> bool:
    """Whether this process may open a role's key; all may in the embedded default."""
    return not settings.EDGEFLEET_PRODUCTION or role in opened_by(here())


def require(role: str) -> None:
    """Raise Forbidden in a process that may not open a role's key."""
    if not may_open(role):
        holder = next(kind for kind in Process if role in opened_by(kind))
        raise Forbidden(
            f"The {here()} process never opens the {role} key: only a {holder} process does."
        )


def may_make() -> bool:
    """Whether a key that is missing may be made: in production by a person's command only."""
    return not settings.EDGEFLEET_PRODUCTION or here() == Process.COMMAND


def signs_here() -> bool:
    """Whether this process signs for the fleet itself; all others ask and wait."""
    return REPOSITORY in held_by(here())
