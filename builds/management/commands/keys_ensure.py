"""`manage.py keys_ensure`: make or open the signing keys, and print their public halves."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from builds import keyring


class Command(BaseCommand):
    """Opens every key once, so that the web process knows them before the first build."""

    help = "Make or open every signing key and print the public halves as JSON."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one JSON object, role to key."""
        keyring.keys_ensure()
        self.stdout.write(json.dumps(keyring.public_keys(), indent=2))
