"""decide(snapshot, now): what has to happen next to one rollout.

* Devices on their way forward never exceed the open wave's cap, those on their way back theirs.
* A wave opens only after the one before passed (updated enough, soaked, every gate passed), and
  once as many people have approved it as its rule asks for.
* A failure stops the wave at once, also while it soaks; doubt holds it, for as long as it lasts.
* Devices that leave the release by themselves count against their wave, also after it has passed.
* Paused means no new device; those under way finish or expire. So does a closed calendar.
* The same snapshot gives the same commands, so asking twice does no harm.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from ota.engine.calendar import closed, places
from ota.engine.commands import (
    Assign,
    CancelAssignment,
    CancelPlanned,
    Command,
    Expire,
    MoveRollout,
    MoveWave,
    Retry,
    Revert,
)
from ota.engine.judge import (
    failure_reason,
    gate_failure,
    gates_passed,
    shortfall_reason,
    updated_enough,
)
from ota.engine.patience import may_retry, overdue, retry_at
from ota.engine.rules import Joins, OnFailure
from ota.engine.states import (
    OPEN_WAVE,
    AssignmentState,
    Kind,
    RolloutState,
    WaveState,
)
from ota.engine.transitions import RolloutStep, WaveStep
from ota.engine.view import Flight, Snapshot, WaveView

# Only an operator's step leads out of these.
_SHUT = frozenset({WaveState.FAILED, WaveState.CLOSED})


def decide(snapshot: Snapshot, now: datetime) -> tuple[Command, ...]:
    """Commands in the order in which they are to be applied."""
    handler = _HANDLERS.get(snapshot.state)
    return tuple(handler(snapshot, now)) if handler else ()


def current_wave(snapshot: Snapshot) -> WaveView | None:
    """Return the first wave that has not passed."""
    return next((w for w in snapshot.waves if w.state is not WaveState.PASSED), None)


def _running(snapshot: Snapshot, now: datetime) -> Iterator[Command]:
    yield from _expire(snapshot, snapshot.flights, now)
    wave = current_wave(snapshot)
    if wave and wave.state in _SHUT:
        return
    if wave and (stop := _stop_reason(snapshot, wave)):
        yield from _fail(snapshot, wave, stop, f"wave {wave.index + 1}: {stop}")
        return
    if fallen := _fall_reason(snapshot):
        yield from _fail(snapshot, wave, fallen, fallen)
        return
    if not closed(snapshot.rules, now):
        yield from _retry(snapshot, Kind.UPDATE, now)
        yield from _begin(snapshot, wave)
    yield from _progress(snapshot, wave, now) if wave else _finish(snapshot)


def _paused(snapshot: Snapshot, now: datetime) -> Iterator[Command]:
    yield from _expire(snapshot, snapshot.flights, now)


def _aborting(snapshot: Snapshot, now: datetime) -> Iterator[Command]:
    yield from _withdraw(snapshot, now, "the rollout was aborted")
    if not snapshot.flights and not snapshot.planned_updates:
        yield MoveRollout(RolloutStep.ABORT_DONE, "no device is updating any longer")


def _rolling_back(snapshot: Snapshot, now: datetime) -> Iterator[Command]:
    yield from _withdraw(snapshot, now, "the rollout is rolled back")
    yield from (Revert(assignment) for assignment in snapshot.to_revert)
    yield from _retry(snapshot, Kind.ROLLBACK, now)
    yield from _assign_back(snapshot)
    if _nothing_left(snapshot):
        yield MoveRollout(RolloutStep.ROLL_BACK_DONE, "no device is rolling back any longer")


def _nothing_left(snapshot: Snapshot) -> bool:
    waiting = snapshot.planned_updates or snapshot.planned_back or snapshot.to_revert
    again = any(
        may_retry(snapshot.rules, miss) for miss in snapshot.misses if miss.kind is Kind.ROLLBACK
    )
    return not (snapshot.flights or waiting or again)


def _stop_reason(snapshot: Snapshot, wave: WaveView) -> str | None:
    if wave.state not in OPEN_WAVE:
        return None
    return (
        gate_failure(wave.readings)
        or failure_reason(wave.tally, snapshot.rules)
        or _shortfall(snapshot, wave)
    )


def _fall_reason(snapshot: Snapshot) -> str | None:
    """Return the sentence for a wave that had passed and whose devices leave the release too
    often.
    """
    for wave in snapshot.waves:
        if wave.state is WaveState.PASSED:
            reason = failure_reason(wave.tally.fallen_back, snapshot.rules)
            if reason:
                return f"wave {wave.index + 1} had passed, and its devices fall back: {reason}"
    return None


def _shortfall(snapshot: Snapshot, wave: WaveView) -> str | None:
    """Not while a retry may still turn a failure round."""
    hope = any(may_retry(snapshot.rules, miss) for miss in snapshot.misses)
    return None if hope else shortfall_reason(wave.tally, snapshot.rules)


def _fail(
    snapshot: Snapshot, wave: WaveView | None, reason: str, sentence: str
) -> Iterator[Command]:
    if wave and wave.state in OPEN_WAVE:
        yield MoveWave(wave.index, WaveStep.FAIL, reason)
    back = snapshot.rules.on_failure is OnFailure.ROLL_BACK
    yield MoveRollout(RolloutStep.ROLL_BACK if back else RolloutStep.PAUSE, sentence)


def _progress(snapshot: Snapshot, wave: WaveView, now: datetime) -> Iterator[Command]:
    rules = snapshot.rules
    if wave.state is WaveState.PENDING:
        if not closed(rules, now) and not wave.awaits(rules):
            yield MoveWave(wave.index, WaveStep.OPEN, _reach(snapshot, wave))
    elif wave.state is WaveState.UPDATING and updated_enough(wave.tally, rules):
        yield MoveWave(
            wave.index,
            WaveStep.SOAK,
            f"{wave.tally.succeeded} of {wave.tally.population} devices updated",
        )
    elif wave.state is WaveState.SOAKING and wave.tally.empty:
        yield MoveWave(wave.index, WaveStep.PASS, "the wave has no device to update")
    elif wave.state is WaveState.SOAKING and _judged_well(snapshot, wave, now):
        yield MoveWave(wave.index, WaveStep.PASS, "updated, soaked, every gate passed")


def _reach(snapshot: Snapshot, wave: WaveView) -> str:
    """Return how far the rollout goes with this wave: counts, which a share of few is not."""
    end = sum(each.tally.devices for each in snapshot.waves if each.index <= wave.index)
    return f"up to {end} of {snapshot.devices} devices"


def _judged_well(snapshot: Snapshot, wave: WaveView, now: datetime) -> bool:
    # Updated still: a device may have left the release while the wave soaked.
    held = _soaked(snapshot, wave, now) and updated_enough(wave.tally, snapshot.rules)
    return held and gates_passed(snapshot.rules.gates, wave.readings)


def _soaked(snapshot: Snapshot, wave: WaveView, now: datetime) -> bool:
    return now >= wave.since + timedelta(seconds=snapshot.rules.soak(wave.index))


def _finish(snapshot: Snapshot) -> Iterator[Command]:
    """Stragglers of passed waves are waited for: done means nobody is under way."""
    again = any(may_retry(snapshot.rules, miss) for miss in snapshot.misses)
    more = again or snapshot.rules.joins is Joins.STANDING
    if not snapshot.flights and not snapshot.planned_updates and not more:
        yield MoveRollout(RolloutStep.FINISH, "every wave passed")


def _update_cap(snapshot: Snapshot, wave: WaveView | None) -> int:
    rules = snapshot.rules
    cap = rules.cap(wave.index) if wave else rules.max_in_flight
    if rules.in_flight_first is None:
        return cap
    grown = rules.in_flight_first + sum(each.tally.succeeded for each in snapshot.waves)
    return min(cap, grown)


def _begin(snapshot: Snapshot, wave: WaveView | None) -> Iterator[Command]:
    free = _free(snapshot, Kind.UPDATE, _update_cap(snapshot, wave))
    room = places(snapshot.rules, free, snapshot.started_lately)
    yield from (Assign(assignment) for assignment in snapshot.ready[:room])


def _assign_back(snapshot: Snapshot) -> Iterator[Command]:
    room = _free(snapshot, Kind.ROLLBACK, snapshot.rules.rollback_max_in_flight)
    yield from (Assign(assignment) for assignment in snapshot.ready_back[:room])


def _free(snapshot: Snapshot, kind: Kind, cap: int) -> int:
    # Those expiring in this very decision still count: their slot is free from the next one on.
    return max(0, cap - sum(flight.kind is kind for flight in snapshot.flights))


def _retry(snapshot: Snapshot, kind: Kind, now: datetime) -> Iterator[Command]:
    for miss in snapshot.misses:
        allowed = miss.kind is kind and may_retry(snapshot.rules, miss)
        if allowed and now >= retry_at(snapshot.rules, miss):
            yield Retry(miss.assignment)


def _withdraw(snapshot: Snapshot, now: datetime, reason: str) -> Iterator[Command]:
    """Nothing new goes forward, and whoever is on the way forward is asked to stop."""
    for wave in snapshot.waves:
        if wave.state is WaveState.PENDING or wave.state in OPEN_WAVE:
            yield MoveWave(wave.index, WaveStep.CLOSE, reason)
    if snapshot.planned_updates:
        yield CancelPlanned(reason)
    asked = tuple(flight for flight in snapshot.flights if _can_cancel(flight))
    yield from (CancelAssignment(flight.assignment, reason) for flight in asked)
    rest = (flight for flight in snapshot.flights if flight not in asked)
    yield from _expire(snapshot, rest, now)


def _can_cancel(flight: Flight) -> bool:
    asked = flight.state is AssignmentState.CANCELLING or flight.cancel_refused
    return flight.kind is Kind.UPDATE and not asked


def _expire(snapshot: Snapshot, flights: Iterable[Flight], now: datetime) -> Iterator[Command]:
    for flight in flights:
        cause = overdue(snapshot.rules, flight, now)
        if cause:
            yield Expire(flight.assignment, cause)


_HANDLERS: Mapping[RolloutState, Callable[[Snapshot, datetime], Iterator[Command]]] = {
    RolloutState.RUNNING: _running,
    RolloutState.PAUSED: _paused,
    RolloutState.ABORTING: _aborting,
    RolloutState.ROLLING_BACK: _rolling_back,
}
