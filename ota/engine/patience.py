"""How long silence is borne, and when a device is tried again. Pure.

* Time in which a device had to wait for its maintenance window is not silence.
* A pause grows by the policy's factor with each attempt, up to its longest; a cause may have a rule
  of its own.
"""

from datetime import datetime, timedelta

from ota.engine.rules import Rules
from ota.engine.states import AssignmentState, FailureCause, Kind
from ota.engine.view import Flight, Miss


def overdue(rules: Rules, flight: Flight, now: datetime) -> FailureCause | None:
    """Return the cause under which a silent device expires; None while it still has time."""
    # Waiting for our own signature is not the device's fault.
    if flight.state is AssignmentState.ASSIGNED:
        return None
    late = flight.since + timedelta(seconds=timeout(rules, flight.state) + flight.held_seconds)
    if now < late:
        return None
    unread = flight.state is AssignmentState.OFFERED
    return FailureCause.NO_CONTACT if unread else FailureCause.TIMEOUT


def timeout(rules: Rules, state: AssignmentState) -> int:
    """Return for how many seconds a device may be silent in this state."""
    own = next((each.seconds for each in rules.timeouts if each.state is state), None)
    if own is not None:
        return own
    return rules.offer_seconds if state is AssignmentState.OFFERED else rules.install_seconds


def may_retry(rules: Rules, miss: Miss) -> bool:
    """Tell whether a device that failed is tried again."""
    return miss.attempt < _attempts(rules, miss)


def retry_at(rules: Rules, miss: Miss) -> datetime:
    """Return when its next attempt may be planned."""
    own = rules.retry_of(miss.cause)
    first = own.retry_seconds if own is not None else None
    pause = rules.retry_seconds if first is None else first
    # The factor is small and attempts are few, yet a number has to stay one that a clock can add.
    grown = min(pause * rules.retry_factor ** (miss.attempt - 1), rules.retry_max_seconds)
    return miss.since + timedelta(seconds=max(grown, min(pause, rules.retry_max_seconds)))


def _attempts(rules: Rules, miss: Miss) -> int:
    own = rules.retry_of(miss.cause) if miss.kind is Kind.UPDATE else None
    return own.attempts if own is not None else rules.attempts_of(miss.kind)
