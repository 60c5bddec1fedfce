"""Run by a test in a process of its own, on a database file: many processes claim one job at once.

Prints one JSON line: for each round, the fencing tokens that were given out.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from builds.models import Build  # noqa: E402
from fleet.lib import clock  # noqa: E402
from fleet.lib.jobs import claim  # noqa: E402
from tests.builds import makers  # noqa: E402

ROUNDS = 6
RUNNERS = 6


def race(build: Build) -> list[int]:
    """The tokens that the runners of one round were given."""
    connections.close_all()
    start_read, start_write = os.pipe()
    result_read, result_write = os.pipe()
    children = [os.fork()]
    while len(children) < RUNNERS and children[-1] != 0:
        children.append(os.fork())
    if children[-1] == 0:
        os.close(start_write)
        os.read(start_read, 1)  # returns when the parent closes its end: all start together
        token = claim(
            Build.objects.filter(pk=build.pk),
            worker=str(os.getpid()),
            now=clock.now(),
            lease_seconds=60,
            attempts=9,
        )
        os.write(result_write, f"{token or 0}\n".encode())
        os._exit(0)
    os.close(result_write)
    os.close(start_read)
    os.close(start_write)
    for child in children:
        os.waitpid(child, 0)
    with os.fdopen(result_read) as results:
        return [int(line) for line in results]


def main() -> int:
    """One job a round."""
    call_command("migrate", verbosity=0)
    version = makers.version()
    found = [race(makers.request(version, force=True, target=name)) for name in targets()]
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


def targets() -> list[str]:
    """Another target for each round, since one may be asked for once at a time."""
    from builds.targets import target_names

    return list(target_names())[:ROUNDS]


if __name__ == "__main__":
    sys.exit(main())
