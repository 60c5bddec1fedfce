"""What must have held at every instant, read from the events afterwards and from nothing else.

* no more devices under way than the policy's caps, its growing one and its pace included;
* one update at a time on each device, whatever rollouts share it;
* every step is in the table, from the state that the step before left;
* no device of a wave before it opened, no wave before the one before passed, no wave passed
  without its gates, and nothing new after it failed until somebody resumed;
* nothing begins while the calendar is closed, and nothing is installed outside of its window;
* everybody of a rollout that has ended has exactly one last word.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby

from ota.delivery.handling import parse_delivery
from ota.engine.calendar import PACE, closed
from ota.engine.rules import Rules
from ota.engine.states import (
    FINISHED,
    IN_FLIGHT,
    LIVE,
    AssignmentState,
    Kind,
    RolloutState,
    WaveState,
)
from ota.engine.transitions import ASSIGNMENT, AssignmentStep, RolloutStep, WaveStep
from ota.models import Assignment, AssignmentEvent, GateResult, Rollout, RolloutEvent
from ota.rollouts import policy

A, S = AssignmentState, AssignmentStep


def broken() -> list[str]:
    """Return a sentence for each thing that did not hold; an empty list is what is wanted."""
    rollouts = {row.pk: row for row in Rollout.objects.all()}
    rules = {pk: policy.parse(row.policy) for pk, row in rollouts.items()}
    parts = {row.pk: row for row in Assignment.objects.select_related("wave")}
    return [
        *_flights(rules, parts),
        *(sentence for pk in rollouts for sentence in _waves(pk, rules[pk], parts)),
        *_ends(rollouts, parts),
    ]


def _flights(rules: dict[int, Rules], parts: dict[int, Assignment]) -> Iterator[str]:
    """Replay every device's steps in the order in which they were written."""
    state: dict[int, AssignmentState] = defaultdict(lambda: A.PLANNED)
    flying: Counter[tuple[int, str]] = Counter()  # rollout and kind
    busy: dict[int, int] = {}  # device → assignment
    succeeded: Counter[int] = Counter()
    began: dict[int, deque[datetime]] = defaultdict(deque)
    for event in AssignmentEvent.objects.order_by("pk").iterator():
        part = parts[event.assignment_id]
        old, new = state[part.pk], A(event.state)
        yield from _legal(part, event, old)
        was, is_ = old in IN_FLIGHT, new in IN_FLIGHT
        key = (part.rollout_id, part.kind)
        flying[key] += is_ - was
        if part.kind == Kind.UPDATE:
            succeeded[part.rollout_id] += (new is A.SUCCEEDED) - (old is A.SUCCEEDED)
        if is_ and not was:
            if part.device_id in busy:
                yield f"{part} and {parts[busy[part.device_id]]} are on one device at once"
            busy[part.device_id] = part.pk
            yield from _begins(
                rules[part.rollout_id], part, event.at, flying[key], succeeded[part.rollout_id],
                began[part.rollout_id],
            )  # fmt: skip
        elif was and not is_:
            busy.pop(part.device_id, None)
        if new is A.SUCCEEDED and event.step == S.SUCCEED:
            yield from _window(part, event.at)
        state[part.pk] = new


def _legal(part: Assignment, event: AssignmentEvent, old: AssignmentState) -> Iterator[str]:
    try:
        step = AssignmentStep(event.step)
    except ValueError:  # a remark, which moves nothing
        if A(event.state) is not old and old is not A.PLANNED:
            yield f"{part}: the remark {event.step} moved it from {old} to {event.state}"
        return
    if ASSIGNMENT.get((old, step)) != event.state:
        yield f"{part}: {step} led from {old} to {event.state}"


def _begins(
    rules: Rules,
    part: Assignment,
    at: datetime,
    flying: int,
    succeeded: int,
    began: deque[datetime],
) -> Iterator[str]:
    if part.kind == Kind.ROLLBACK:
        if flying > rules.rollback_max_in_flight:
            yield f"{part}: {flying} on their way back"
        return
    if flying > rules.max_in_flight:
        yield f"{part}: {flying} under way, {rules.max_in_flight} allowed"
    first = rules.in_flight_first
    if first is not None and flying > first + succeeded:
        yield f"{part}: {flying} under way after {succeeded} successes"
    if why := closed(rules, at):
        yield f"{part} began although {why}"
    began.append(at)
    while began and began[0] <= at - PACE:
        began.popleft()
    if rules.starts_per_minute is not None and len(began) > rules.starts_per_minute:
        yield f"{part}: {len(began)} began within a minute"


def _window(part: Assignment, at: datetime) -> Iterator[str]:
    window = parse_delivery(part.delivery).window
    # What a device says late is dated by us; its last installation ended a moment before.
    if window is not None and not (window.open_at(at) or window.open_at(at - timedelta(seconds=1))):
        yield f"{part} was installed at {at}, outside of {window.schedule} in {window.zone}"


def _waves(pk: int, rules: Rules, parts: dict[int, Assignment]) -> Iterator[str]:
    opened: dict[int, datetime] = {}
    state: dict[int, WaveState] = defaultdict(lambda: WaveState.PENDING)
    shut: list[tuple[datetime, datetime | None]] = []
    for event in RolloutEvent.objects.filter(rollout=pk).select_related("wave").order_by("pk"):
        if event.wave is None:
            if event.step == RolloutStep.RESUME and shut and shut[-1][1] is None:
                shut[-1] = (shut[-1][0], event.at)
            continue
        if event.step not in tuple(WaveStep):
            continue  # a remark
        index, step = event.wave.index, WaveStep(event.step)
        if step is WaveStep.OPEN:
            opened[index] = event.at
            if index and state[index - 1] is not WaveState.PASSED:
                yield f"wave {index} of rollout {pk} opened after {state[index - 1]}"
        if step is WaveStep.PASS:
            yield from _passed(pk, index, rules, event.at, parts)
        if step is WaveStep.FAIL:
            shut.append((event.at, None))
        state[index] = WaveState(event.state)
    for part in parts.values():
        if part.rollout_id != pk or part.kind != Kind.UPDATE or part.assigned_at is None:
            continue
        if part.wave.index not in opened or part.assigned_at < opened[part.wave.index]:
            yield f"{part} began before its wave opened"
        for begin, end in shut:
            if part.assigned_at > begin and (end is None or part.assigned_at < end):
                yield f"{part} began after a wave had failed"


def _passed(
    pk: int, index: int, rules: Rules, at: datetime, parts: dict[int, Assignment]
) -> Iterator[str]:
    mine = [p for p in parts.values() if p.rollout_id == pk and p.wave.index == index]
    if not any(part.assigned_at for part in mine):
        return  # nobody of it had anything to do
    said = GateResult.objects.filter(rollout=pk, wave__index=index, at__lte=at).order_by("pk")
    last = dict(said.values_list("gate", "verdict"))
    for gate in rules.gates:
        if last.get(gate) != "pass":
            yield f"wave {index} of rollout {pk} passed while {gate} said {last.get(gate)}"


def _ends(rollouts: dict[int, Rollout], parts: dict[int, Assignment]) -> Iterator[str]:
    order = sorted(parts.values(), key=lambda part: (part.rollout_id, part.device_id, part.kind))
    for (pk, device, kind), rows in groupby(order, lambda p: (p.rollout_id, p.device_id, p.kind)):
        latest = [row for row in rows if row.latest]
        if len(latest) != 1:
            yield f"device {device} has {len(latest)} last words in rollout {pk} ({kind})"
        over = RolloutState(rollouts[pk].state) not in LIVE
        if over and any(A(row.state) not in FINISHED for row in latest):
            yield f"device {device} is {latest[0].state} in rollout {pk}, which has ended"
    for pk, row in rollouts.items():
        there = {part.device_id for part in parts.values() if part.rollout_id == pk}
        members = set(row.group.members.values_list("pk", flat=True))
        if row.started_at and members - there:
            yield f"rollout {pk} lost {len(members - there)} devices"
