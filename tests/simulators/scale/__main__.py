"""`python -m tests.simulators.scale [--devices N] [--sqlite]`: what the service costs.

Processor time, not the clock's: of this process and of its connection's server. The database is a
PostgreSQL of its own where one is installed, else SQLite.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MEBIBYTE = 2**20


@contextmanager
def _database(folder: Path, *, sqlite: bool) -> Iterator[str]:
    from tests.fleet.access import postgres, programs

    if sqlite or not postgres.BINARIES:
        yield f"sqlite:///{folder / 'db.sqlite3'}"
        return
    with programs.postgresql() as address:
        yield address


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What the service costs, beside a bare view.")
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--sqlite", action="store_true")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="edgefleet-scale-") as folder,
        _database(Path(folder), sqlite=asked.sqlite) as address,
    ):
        os.environ |= {
            "DATABASE_URL": address,
            "DJANGO_SETTINGS_MODULE": "fleet.settings",
            "EDGEFLEET_VAR": folder,
            "EDGEFLEET_PRESENCE_SECONDS": "0",
            "EDGEFLEET_TARGET_TOKENS": "1",
            "EDGEFLEET_API_PER_MINUTE": "100000",
            "EDGEFLEET_TELEMETRY_PER_MINUTE": "100000",
        }
        _run(asked.devices)
    return 0


def _run(devices: int) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    settings.ROOT_URLCONF = "tests.simulators.scale.urls"
    settings.ALLOWED_HOSTS = ["*"]
    connection.settings_dict["CONN_MAX_AGE"] = None  # one server's process is measured to the end
    call_command("migrate", verbosity=0)
    from tests.simulators.scale.table import rows

    say = sys.stdout.write
    say(f"{devices:,} devices, {connection.vendor}; processor time of service + database\n\n")
    say(f"{'':38} {'bare':>9} {'ms':>9} {'+ database':>10} {'queries':>8} {'MiB':>6}\n")
    bare = 0.0
    for row in rows(devices):
        cost = row.cost
        bare = bare or cost.whole
        here, there = cost.here * 1000 / row.each, cost.there * 1000 / row.each
        ratio, queries = cost.whole / bare / row.each, cost.queries / row.each
        say(f"{row.name:38} {ratio:9.2f} {here:9.2f} {there:10.2f} {queries:8.1f} ")
        say(f"{cost.memory_bytes / MEBIBYTE:6.0f}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
