"""`manage.py signer`: the process that signs for the fleet, and the only one that may."""

import os
from typing import Any

from django.core.management.base import BaseCommand

from fleet.service.workers import SIGNER


class Command(BaseCommand):
    """Becomes a worker of the queue `sign`, of the kind that may open the repository's keys."""

    help = "Sign the update repository, instructions and the audit log's head, until stopped."
    requires_system_checks: Any = []  # the worker checks itself, as what it then is

    def handle(self, *args: Any, **options: Any) -> None:
        """Never returns: the process is replaced."""
        del args, options
        environment = {**os.environ, "EDGEFLEET_PROCESS": "signer"}
        os.execve(SIGNER[0], SIGNER, environment)  # noqa: S606 - our own words
