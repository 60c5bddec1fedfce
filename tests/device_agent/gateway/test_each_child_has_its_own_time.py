"""Visits: when each child is due, how long a silent one waits, and that none disturbs another."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from device_agent.gateway.gateway import Gateway
from device_agent.gateway.house import GatewayHouse
from device_agent.gateway.line.link import ChildSilent
from device_agent.gateway.settings import ChildSettings, LineKind
from device_agent.gateway.shelf import ImageShelf
from device_agent.storage.port import FileStorage
from tests.device_agent.simulators.device import SimClock
from tests.simulators.chip import MemoryLink, SimChip
from tests.waiting import PATIENCE_SECONDS


class InThisThread(Executor):
    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class Acting:
    """A child whose visits are told."""

    def __init__(self, name: str, act: Callable[[], float]) -> None:
        self.settings = ChildSettings(name, LineKind.MEMORY, name)
        self.link = MemoryLink(SimChip())
        self.wanted: set[str] = set()
        self.visits = 0
        self._act = act

    def visit(self) -> float:
        self.visits += 1
        return self._act()


def silent() -> float:
    raise ChildSilent("The child does not answer.")


def faulty() -> float:
    raise KeyError("a defect of ours")


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


def house_of(clock: SimClock, folder: Path) -> GatewayHouse:
    shelf = ImageShelf(FileStorage(folder), clock)
    nothing: Any = None
    return GatewayHouse(nothing, nothing, clock, nothing, shelf)


def gateway_of(clock: SimClock, folder: Path, *children: Acting, pool: Executor) -> Gateway:
    made: Any = children
    return Gateway(house_of(clock, folder), made, pool=pool, uniform=lambda: 0.5)


def test_a_child_is_visited_when_it_is_due(clock: SimClock, tmp_path: Path) -> None:
    often, seldom = Acting("a", lambda: 10.0), Acting("b", lambda: 100.0)
    gateway = gateway_of(clock, tmp_path, often, seldom, pool=InThisThread())
    for _ in range(21):
        gateway.turn()
        clock.now += 10.0
    assert (often.visits, seldom.visits) == (21, 3)


def test_a_silent_child_is_tried_less_and_less(clock: SimClock, tmp_path: Path) -> None:
    child, other = Acting("a", silent), Acting("b", lambda: 60.0)
    gateway = gateway_of(clock, tmp_path, child, other, pool=InThisThread())
    tried = []
    for second in range(600):
        before = child.visits
        gateway.turn()
        if child.visits > before:
            tried.append(second)
        clock.now += 1.0
    waits = [later - earlier for earlier, later in pairwise(tried)]
    assert waits == sorted(waits)
    assert 30 <= waits[-1] <= 300
    assert other.visits == 10


def test_a_fault_with_one_child_is_not_the_others(clock: SimClock, tmp_path: Path) -> None:
    children = Acting("a", faulty), Acting("b", silent), Acting("c", lambda: 1.0)
    gateway = gateway_of(clock, tmp_path, *children, pool=InThisThread())
    troubles = gateway.round()
    assert troubles["a"].startswith("A fault of the gateway")
    assert (troubles["b"], troubles["c"]) == ("The child does not answer.", "")
    assert [child.visits for child in children] == [1, 1, 1]


def test_several_are_visited_at_once_within_the_limit(clock: SimClock, tmp_path: Path) -> None:
    both = Barrier(2, timeout=PATIENCE_SECONDS)

    def together() -> float:
        both.wait()
        return 1.0

    children = [Acting(name, together) for name in "abcd"]
    with ThreadPoolExecutor(2) as pool:
        gateway = gateway_of(clock, tmp_path, *children, pool=pool)
        assert set(gateway.round().values()) == {""}
    assert [child.visits for child in children] == [1, 1, 1, 1]


def test_one_that_was_told_to_stop_visits_nobody_and_lets_go(
    clock: SimClock, tmp_path: Path
) -> None:
    child = Acting("a", lambda: 1.0)
    gateway = gateway_of(clock, tmp_path, child, pool=ThreadPoolExecutor(1))
    gateway.begin()
    gateway.stop()
    before = child.visits
    assert gateway.turn() == []
    assert (child.visits, child.link.closed) == (before, 1)
    with pytest.raises(ChildSilent, match="The gateway ends"):
        gateway.house.breathe()
