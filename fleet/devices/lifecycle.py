"""The life of a device as a table. Pure."""

from enum import StrEnum
from typing import Final

from fleet.devices.choices import DeviceState as S
from fleet.lib.errors import Conflict, Forbidden, Gone


class Act(StrEnum):
    """What an operator does with a device."""

    ACCEPT = "accept"
    REJECT = "reject"
    DECOMMISSION = "decommission"
    REVOKE_KEY = "revoke_key"


TRANSITIONS: Final = {
    (S.PENDING, Act.ACCEPT): S.ACCEPTED,
    (S.PENDING, Act.REJECT): S.REJECTED,
    (S.PENDING, Act.DECOMMISSION): S.DECOMMISSIONED,
    (S.REJECTED, Act.ACCEPT): S.ACCEPTED,
    (S.REJECTED, Act.DECOMMISSION): S.DECOMMISSIONED,
    (S.ACCEPTED, Act.REJECT): S.REJECTED,
    (S.ACCEPTED, Act.DECOMMISSION): S.DECOMMISSIONED,
    # It has to enrol and be accepted again.
    (S.ACCEPTED, Act.REVOKE_KEY): S.PENDING,
    (S.PENDING, Act.REVOKE_KEY): S.PENDING,
    (S.REJECTED, Act.REVOKE_KEY): S.REJECTED,
}


def after(state: S, act: Act) -> S:
    """Return the next state, or raise Conflict."""
    if (state, act) not in TRANSITIONS:
        raise Conflict(f"A device that is {state} cannot be sent '{act}'.", code="illegal_move")
    return TRANSITIONS[state, act]


def require_accepted(state: str) -> None:
    """Raise Gone for a decommissioned device, Forbidden for one that waits or was rejected."""
    match state:
        case S.ACCEPTED:
            return
        case S.DECOMMISSIONED:
            raise Gone("This device was decommissioned.", code="decommissioned")
        case S.PENDING:
            raise Forbidden("This device waits until an operator accepts it.", code="pending")
        case _:
            raise Forbidden("This device was rejected.", code="rejected")
