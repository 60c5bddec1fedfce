"""A program of its own: workers tick one rollout while its devices answer; prints what happened.

Run with DATABASE_URL naming an empty database of the kind under test. The peak of devices in
flight is replayed from the events, so no instant is missed.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import django

TICKERS = 3
ANSWERERS = 3
DEVICES = 40
CAP = 5
FAILING = 4  # every so many devices report a failure
DEADLINE_SECONDS = 90


def main() -> None:
    """Migrate, make a rollout, race, count."""
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    rollout = prepare()
    end = time.monotonic() + DEADLINE_SECONDS
    with ThreadPoolExecutor(TICKERS + ANSWERERS) as pool:
        jobs = [pool.submit(tick, rollout, end) for _ in range(TICKERS)]
        jobs += [pool.submit(answer, rollout, turn, end) for turn in range(ANSWERERS)]
        for job in jobs:
            job.result()
    json.dump(verdict(rollout) | {"vendor": connection.vendor}, sys.stdout)


def prepare() -> int:
    """A started rollout to many devices, in one wave."""
    from tests.ota import makers

    failures = [{"percent": 90, "min_sample": 1000}]
    rollout = makers.rollout(
        makers.release(),
        makers.group(makers.devices(DEVICES)),
        waves=[{"share_percent": 100}],
        max_in_flight=CAP,
        success_percent=50,
        failures=failures,
        attempts=2,
    )
    return rollout.pk


def going(rollout: int, end: float) -> bool:
    """Whether the rollout still runs and there is time."""
    from ota.models import Rollout

    live = Rollout.objects.filter(pk=rollout, state="running").exists()
    return live and time.monotonic() < end


def tick(rollout: int, end: float) -> None:
    """One worker."""
    from django.db import connection

    from ota import services

    while going(rollout, end):
        services.rollout_tick(rollout)
    connection.close()


def answer(rollout: int, turn: int, end: float) -> None:
    """The devices of one part of the fleet; the others' part is tried too, and comes too late."""
    from django.db import connection

    from ota.models import Assignment

    while going(rollout, end):
        offered = Assignment.objects.filter(rollout=rollout, state="offered").order_by("pk")
        for row in list(offered.select_related("device"))[turn % 2 :]:
            report(row.device, row.pk)
    connection.close()


def report(device: object, action: int) -> None:
    """Read, install, report; the same word twice, as after a lost answer."""
    from device_agent.protocol.ddi import Execution, Feedback, Finished
    from fleet.lib.errors import Gone, NotFound
    from ota import services

    word = Finished.FAILURE if action % FAILING == 0 else Finished.SUCCESS
    try:
        services.assignment_retrieve(device=device, action_id=action)  # type: ignore[arg-type]
        for _ in range(2):
            services.assignment_update(
                device=device,  # type: ignore[arg-type]
                action_id=action,
                feedback=Feedback(Execution.CLOSED, word),
            )
    except (Gone, NotFound):
        return  # another thread spoke for this device first


def verdict(rollout: int) -> dict[str, object]:
    """What became of it."""
    from ota.models import Assignment, Instruction, Rollout
    from tests.ota.history import replay

    seen = replay()
    assigned = Assignment.objects.filter(assigned_at__isnull=False).count()
    return {
        "state": Rollout.objects.get(pk=rollout).state,
        "peak": seen.peak,
        "twice": seen.twice,
        "succeeded": Assignment.objects.filter(latest=True, state="succeeded").count(),
        "unsigned": assigned - Instruction.objects.count(),
    }


if __name__ == "__main__":
    main()
