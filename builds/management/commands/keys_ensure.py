"""`manage.py keys_ensure`: make or open the signing keys, and print their public halves."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from builds import keyring
from builds.choices import KeyRole


class Command(BaseCommand):
    """Opens every key once, so that the web process knows them before the first build."""

    help = "Make or open signing keys, all or those of roles, and print the public halves."

    def add_arguments(self, parser: CommandParser) -> None:
        """Roles, for a machine that holds some."""
        parser.add_argument("roles", nargs="*", choices=[*KeyRole, []], metavar="ROLE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one JSON object, role to key."""
        keyring.keys_ensure([KeyRole(role) for role in options["roles"] or KeyRole])
        self.stdout.write(json.dumps(keyring.public_keys(), indent=2))
