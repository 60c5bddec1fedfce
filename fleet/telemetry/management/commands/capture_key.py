"""`manage.py capture_key`: make the key that captured samples are sealed for, and print its public
half, which devices' owners allow.
"""

from typing import Any

from django.core.management.base import BaseCommand

from fleet.telemetry.field.capture.key import key_ensure


class Command(BaseCommand):
    """Make the capture key where there is none."""

    help = "Make the key that captured samples are sealed for; print its public half."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the public half in hexadecimal."""
        del args, options
        self.stdout.write(key_ensure().public)
