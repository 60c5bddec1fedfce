"""Requests and wrong passwords are counted once for the whole service, and never in the way."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from fleet.access.accounts import backend as login
from fleet.access.rest import throttles
from tests import personas
from tests.servers import brokers

ROOT = Path(__file__).parents[2]
PROCESSES, CALLS = 3, 40
COUNT = """
import django, json; django.setup()
from fleet.access.rest.throttles import _counted
print(json.dumps([_counted("throttle:one caller") for _ in range(%d)]))
"""

pytestmark = [
    pytest.mark.server,
    pytest.mark.django_db,
    pytest.mark.xdist_group("servers"),
]


@pytest.fixture
def redis(tmp_path: Path, settings: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    """The counters in Redis, and a way to lose it."""
    with ExitStack() as stack:
        url = stack.enter_context(brokers.redis(tmp_path))
        settings.CACHES = {
            "default": {"BACKEND": "fleet.lib.web.cache.SharedCounters", "LOCATION": url}
        }
        yield url, stack.close


def test_processes_share_one_budget(redis: tuple[str, Any], tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "fleet.settings",
        "CACHE_URL": redis[0],
        "EDGEFLEET_VAR": str(tmp_path),
    }
    argv = [sys.executable, "-c", COUNT % CALLS]
    running = [
        subprocess.Popen(argv, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
        for _ in range(PROCESSES)
    ]
    counted = [count for each in running for count in json.loads(each.communicate()[0])]
    assert sorted(counted) == list(range(1, PROCESSES * CALLS + 1))


def test_a_caller_over_budget_is_told_when_to_come_back(
    redis: tuple[str, Any], settings: Any
) -> None:
    settings.EDGEFLEET_API_PER_MINUTE = 2
    viewer = personas.client("viewer")
    codes = [viewer.get("/api/v1/models/") for _ in range(5)]
    assert 429 in {answer.status_code for answer in codes}
    assert all("Retry-After" in answer for answer in codes if answer.status_code == 429)


def sign_in(password: str) -> bool:
    return Client().login(username="viewer", password=password)


def test_guessing_is_stopped_and_the_count_lies_in_redis(redis: tuple[str, Any]) -> None:
    person = personas.user("viewer")
    person.set_password("right and long enough")
    person.save()
    assert sign_in("right and long enough")
    for _ in range(login.FAILURES_MAX):
        assert not sign_in("wrong")
    assert not sign_in("right and long enough")
    cache.clear()
    assert sign_in("right and long enough")


def test_without_redis_each_process_counts_for_itself(redis: tuple[str, Any]) -> None:
    viewer = personas.client("viewer")
    assert viewer.get("/api/v1/models/").status_code == 200
    redis[1]()
    assert viewer.get("/api/v1/models/").status_code == 200
    assert [throttles._counted("throttle:alone") for _ in range(3)] == [1, 2, 3]


def test_without_redis_guessing_is_stopped_all_the_same(redis: tuple[str, Any]) -> None:
    person = personas.user("viewer")
    person.set_password("right and long enough")
    person.save()
    redis[1]()
    for _ in range(login.FAILURES_MAX):
        assert not sign_in("wrong")
    assert not sign_in("right and long enough")
