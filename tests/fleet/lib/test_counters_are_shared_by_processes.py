"""The embedded default counts in a file: together, for a while, and never in the way."""

import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from fleet.access.accounts.backend import FAILURES_MAX
from fleet.lib.web.counters import TIDY_EVERY, FileCounters

PROCESSES, COUNTS = 4, 200


def counters(folder: Path) -> FileCounters:
    return FileCounters(str(folder / "counters.sqlite3"), {})


def counting(folder: str) -> None:
    cache = counters(Path(folder))
    for _ in range(COUNTS):
        cache.add("hits", 0, timeout=60)
        cache.incr("hits")


def test_processes_count_together(tmp_path: Path) -> None:
    cache = counters(tmp_path)
    cache.add("hits", 0, timeout=60)
    context = multiprocessing.get_context("fork")
    running = [context.Process(target=counting, args=(str(tmp_path),)) for _ in range(PROCESSES)]
    for each in running:
        each.start()
    for each in running:
        each.join()
    assert cache.get("hits") == PROCESSES * COUNTS
    assert cache.incr("hits") == PROCESSES * COUNTS + 1, "also over a fork"


def test_a_key_lives_as_long_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    cache = counters(tmp_path)
    assert cache.add("a", 1, timeout=10)
    assert not cache.add("a", 2, timeout=10)
    assert (cache.get("a"), cache.incr("a", 4)) == (1, 5)
    now[0] += 11
    assert cache.get("a", "gone") == "gone"
    with pytest.raises(ValueError, match="a"):
        cache.incr("a")
    assert cache.add("a", 3, timeout=10), "what ran out is not there"
    cache.set("b", [1.5, 2.5], timeout=None)
    now[0] += 1e9
    assert cache.get("b") == [1.5, 2.5]
    assert (cache.delete("b"), cache.delete("b")) == (True, False)
    cache.clear()
    assert not cache.has_key("a")


def test_what_ran_out_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    cache = counters(tmp_path)
    for number in range(TIDY_EVERY):
        cache.set(f"key {number}".replace(" ", "-"), 1, timeout=1)
    now[0] += 10
    for _ in range(TIDY_EVERY):
        cache.set("other", 1, timeout=60)
    rows = cache._connection().execute("SELECT count(*) FROM counters").fetchone()
    assert rows == (1,)


def test_without_the_file_each_process_counts_for_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = counters(tmp_path / "missing")
    assert cache.add("a", 0)
    assert (cache.incr("a"), cache.get("a")) == (1, 1)
    cache.set("a", 7)
    assert cache.delete("a")
    cache.clear()
    assert "counts for itself" in caplog.text


@pytest.mark.django_db
def test_the_login_limit_holds_for_all_processes_together(tmp_path: Path, settings: Any) -> None:
    """Each guess is made by another instance of the cache, as another process has it."""
    guess = {"login": "admin", "password": "wrong"}
    where = str(tmp_path / "counters.sqlite3")
    for number in range(FAILURES_MAX):
        settings.CACHES = _cache(where, number)
        Client().post("/console/login/", guess)
    from fleet.access.accounts import backend as login

    settings.CACHES = _cache(where, -1)
    pair, _ = login._keys("admin", "127.0.0.1")
    from django.core.cache import cache

    assert cache.get(pair) == FAILURES_MAX


def _cache(where: str, number: int) -> dict[str, Any]:
    backend = "fleet.lib.web.counters.FileCounters"
    return {"default": {"BACKEND": backend, "LOCATION": where, "KEY_PREFIX": "", "VERSION": 1,
                        "OPTIONS": {"MAX_ENTRIES": 300 + number}}}  # fmt: skip
