"""What depends on the database holds on PostgreSQL too: migrated from zero, with many writers.

The same files run on SQLite with the rest of the suite. The races between processes are programs
of their own; those that exist for both databases are beside their SQLite twins.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from builds.targets import target_names
from tests.fleet.access import programs
from tests.fleet.lib.jobs import claim_race
from tests.waiting import outcome

ROOT = Path(__file__).parents[2]
OPTIONS = ("-q", "-x", "-rs", "-p", "no:xdist", "--hypothesis-profile=again")
# Constraints, compare-and-set, append-only tables, idempotency, the one active assignment, leases,
# decisions that came too late, reports that came twice, labels as SQL, sums of counts.
FILES = (
    "tests/fleet/access/test_a_post_sent_twice_happens_once.py",
    "tests/fleet/access/test_the_audit_log_is_append_only.py",
    "tests/builds/test_a_lost_lease_leaves_nothing.py",
    "tests/builds/test_equal_inputs_are_built_once.py",
    "tests/builds/test_results_are_never_edited.py",
    "tests/fleet/devices/test_devices_enrol.py",
    "tests/fleet/devices/test_device_queries_agree_with_sql.py",
    "tests/fleet/devices/test_kept_counts_are_what_the_devices_say.py",
    "tests/fleet/devices/test_older_tokens_move_on.py",
    "tests/fleet/devices/test_tokens_follow_one_another.py",
    "tests/fleet/devices/test_two_devices_on_one_key.py",
    "tests/fleet/lib/jobs/test_any_history_of_workers_is_safe.py",
    "tests/fleet/lib/jobs/test_one_worker_holds_a_job.py",
    "tests/fleet/lib/jobs/test_the_sweeper_finds_what_was_lost.py",
    "tests/fleet/lib/test_state_moves_by_compare_and_set.py",
    "tests/registry/test_aliases_move_by_compare_and_set.py",
    "tests/registry/test_versions_are_admitted_once.py",
    "tests/servers/connections_are_looked_at.py",
    "tests/servers/races_of_devices.py",
    "tests/servers/races_of_the_registry.py",
    "tests/fleet/telemetry/test_a_window_counts_once.py",
    "tests/fleet/telemetry/test_many_windows_come_at_once.py",
    "tests/fleet/telemetry/test_rollups_are_recomputed.py",
)
# What devices say and do, and rollouts that meet on them.
OF_ROLLOUTS = (
    "tests/ota/ddi/test_a_poll_is_one_read.py",
    "tests/ota/ddi/test_an_unread_cancel_is_acknowledged.py",
    "tests/ota/test_a_device_has_one_thing_to_do.py",
    "tests/ota/test_a_start_may_be_broken_off.py",
    "tests/ota/test_kept_counts_are_what_the_rows_say.py",
    "tests/ota/test_a_device_that_leaves_ends_its_part_at_once.py",
    "tests/ota/test_a_rollout_reaches_every_device.py",
    "tests/ota/test_events_are_never_rewritten.py",
    "tests/ota/test_operators_act_once.py",
    "tests/ota/test_stale_decisions_are_dropped.py",
    "tests/servers/races_of_rollouts.py",
)

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("servers_database")]


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with programs.postgresql() as url:
        yield url


@pytest.mark.parametrize("files", [FILES, OF_ROLLOUTS], ids=["rows", "rollouts"])
def test_the_suites_of_the_database(
    files: tuple[str, ...], database_url: str, tmp_path: Path
) -> None:
    assert_hold(files, database_url, tmp_path)


def assert_hold(files: Sequence[str], database_url: str, folder: Path) -> None:
    """Run these files of tests on that database, however long it takes."""
    log = folder / "log"
    with log.open("wb") as into:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *OPTIONS, *files],
            cwd=ROOT,
            env={**own_environment(), "DATABASE_URL": database_url, "EDGEFLEET_VAR": str(folder)},
            stdout=into,
            stderr=subprocess.STDOUT,
        )
    code = outcome(process, log)
    told = log.read_text(errors="replace")
    assert code == 0, told[-6000:]
    assert "skipped" not in told, told[-2000:]


def own_environment() -> dict[str, str]:
    """Ours, without what pytest tells its own children."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def test_of_many_processes_that_claim_a_job_one_gets_it(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEFLEET_VAR", str(tmp_path))
    rounds: Any = programs.run(claim_race, database_url)
    nobody = [0] * (claim_race.RUNNERS - 1)
    assert len(rounds) == min(claim_race.ROUNDS, len(target_names()))
    assert all(sorted(tokens) == [*nobody, 1] for tokens in rounds)
