"""What the events tell of the past: no instant is missed, because every step has its row."""

from dataclasses import dataclass

from ota.models import AssignmentEvent

ENDS = ("succeed", "fail", "expire", "cancel_accepted")


@dataclass
class History:
    """Most devices in flight at once, and steps that came twice."""

    peak: int = 0
    twice: int = 0


def replay() -> History:
    """Walk all events in the order in which they were written."""
    found, flying = History(), set()
    steps = AssignmentEvent.objects.order_by("pk").values_list("assignment_id", "step")
    for assignment, step in steps:
        if step == "assign":
            found.twice += assignment in flying
            flying.add(assignment)
        elif step in ENDS:
            found.twice += assignment not in flying
            flying.discard(assignment)
        found.peak = max(found.peak, len(flying))
    return found
