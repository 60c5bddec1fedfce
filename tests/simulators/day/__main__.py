"""`make fleet-day`: a fleet through simulated hours, its figures, and whether everything held.

python -m tests.simulators.day devices=200 hours=24 rollouts=20 seed=1
"""

import os
import sys
import tempfile
import time
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Run it on a database in memory; 1 where something did not hold."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    asked = {"devices": "200", "hours": "24", "rollouts": "20", "seed": "1", "step": "60"}
    asked |= dict(argument.split("=", 1) for argument in arguments)

    import django

    django.setup()
    from django.db import connection
    from django.test.utils import override_settings, setup_test_environment

    from tests.simulators.day.day import Day
    from tests.simulators.day.invariants import broken

    setup_test_environment()
    connection.creation.create_test_db(verbosity=0)
    with tempfile.TemporaryDirectory() as folder:
        places = {"EDGEFLEET_KEY_DIR": Path(folder) / "keys", "EDGEFLEET_WORK_DIR": Path(folder)}
        with override_settings(**places, EDGEFLEET_GATE_SECONDS=60):
            day = Day(
                devices=int(asked["devices"]),
                hours=float(asked["hours"]),
                rollouts=int(asked["rollouts"]),
                seed=int(asked["seed"]),
                step_seconds=int(asked["step"]),
            )
            began, worked = time.monotonic(), time.process_time()
            day.run()
            found = broken()
    told = day.figures() | {
        "seconds": round(time.monotonic() - began),
        "seconds of processor": round(time.process_time() - worked),
        "broken": len(found),
    }
    for name, value in told.items():
        sys.stdout.write(f"{name:24} {value:>10,}\n")
    for sentence in found[:50]:
        sys.stdout.write(f"{sentence}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
