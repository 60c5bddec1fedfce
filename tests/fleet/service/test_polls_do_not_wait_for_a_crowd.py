"""Devices' short calls and everything else wait in two lanes, which take turns."""

from types import SimpleNamespace
from typing import Any

import pytest

from fleet.service.lanes import Lanes, is_short

POLL = "/default/controller/v1/cam-001"
FILE = f"{POLL}/softwaremodules/3/artifacts/model.bin"
PAGE = "/api/v1/blobs/abc/"


def waiting(path: str) -> Any:
    return SimpleNamespace(requests=[SimpleNamespace(path=path)])


def served(*paths: str) -> list[str]:
    lanes = Lanes()
    for path in paths:
        lanes.append(waiting(path))
    return [lanes.popleft().requests[0].path for _ in range(len(lanes))]


@pytest.mark.parametrize("path", [POLL, f"{POLL}/deploymentBase/1/feedback", "/device/v1/session"])
def test_what_devices_ask_often_is_short(path: str) -> None:
    assert is_short(path)


@pytest.mark.parametrize("path", [FILE, f"{FILE}.MD5SUM", PAGE, "/console/", "/tuf/targets/x", ""])
def test_files_and_pages_are_not(path: str) -> None:
    assert not is_short(path)


def test_a_poll_passes_a_crowd_of_downloads() -> None:
    assert served(*[PAGE] * 100, POLL).index(POLL) <= 1


def test_a_page_passes_a_crowd_of_polls() -> None:
    assert served(*[POLL] * 100, PAGE).index(PAGE) <= 1


def test_within_a_lane_who_came_first_is_first() -> None:
    order = served(PAGE, POLL, f"{PAGE}2", f"{POLL}2")
    assert order.index(PAGE) < order.index(f"{PAGE}2")
    assert order.index(POLL) < order.index(f"{POLL}2")


def test_what_has_no_address_waits_like_a_page() -> None:
    lanes = Lanes()
    broken: Any = SimpleNamespace(requests=[SimpleNamespace()])
    lanes.append(broken)
    assert lanes.popleft() is broken
    with pytest.raises(IndexError):
        lanes.popleft()
