"""What workers, signer and beat do in a process that was forked for it, or on a command line."""

import socket
import sys
from typing import Final

from fleet.celery import app

CELERY: Final = (sys.executable, "-m", "celery", "--app", "fleet.celery:app")
QUIET: Final = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")
# One at a time: signing is quick, and the key book has one writer.
SIGNER: Final = (*CELERY, "worker", "-n", "sign@%h", "-Q", "sign", "--pool", "solo", *QUIET)


def work(name: str, queue: str) -> None:
    """Take one message after another from a queue, in this very process, until SIGTERM."""
    worker = app.Worker(
        hostname=f"{name}@{socket.gethostname()}",
        queues=[queue],
        pool="solo",
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
    sys.exit(worker.exitcode)


def beat() -> None:
    """Send what is due, until SIGTERM."""
    app.Beat(loglevel="WARNING", pidfile=None, quiet=True).run()
