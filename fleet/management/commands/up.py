"""`manage.py up`: the whole service on this machine, until it is told to stop."""

import os
import secrets
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from fleet.management.commands.web import listen, stopping
from fleet.service import roles
from fleet.service.supervisor import Service


class Command(BaseCommand):
    """Migrates, makes the first administrator, then runs web, workers, signer and beat."""

    help = "Run the whole service on this machine: web, workers, signer and beat."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen, and where logs go."""
        parser.add_argument("--bind", default="127.0.0.1:8000", help="address and port of the web")
        parser.add_argument("--logs", type=Path, help="folder for logs; the terminal without it")
        parser.add_argument("--prepare-only", action="store_true", help="migrate, then stop")

    def handle(self, *_: Any, **options: Any) -> None:
        """Prepare, then supervise until SIGTERM or SIGINT."""
        call_command("migrate", verbosity=0, interactive=False)
        self.first_administrator()
        if options["prepare_only"]:
            return
        stop = stopping()
        listening = listen(options["bind"])
        runs = [(role.name, partial(roles.become, role)) for role in roles.roles(listening)]
        with Service(runs, logs=options["logs"]) as service:
            self.stdout.write(f"EdgeFleet runs at {settings.EDGEFLEET_PUBLIC_URL}/console/")
            self.stdout.flush()
            service.run(stop.is_set)

    def first_administrator(self) -> None:
        """Make the user `admin` when there is no user at all, and say its password once."""
        users = get_user_model()
        if users.objects.exists():
            return
        given = os.environ.get("EDGEFLEET_ADMIN_PASSWORD")
        password = given or secrets.token_urlsafe(12)
        users.objects.create_superuser("admin", "", password)
        shown = "as given" if given else password
        self.stdout.write(f"Made the first administrator: user admin, password {shown}")
