"""`manage.py keys_import ROLE FILE.pem`: publish the public half of a key service's key."""

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.management.base import BaseCommand, CommandError, CommandParser
from securesystemslib.signer import SSlibKey

from builds import keyring
from builds.choices import KeyRole
from builds.signing import PublicKey, SigningError


class Command(BaseCommand):
    """For `awskms:`, `hsm:` and the like, whose URI alone does not tell the public key."""

    help = "Publish the public key of a role from a PEM file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Role and file."""
        parser.add_argument("role", choices=[role.value for role in KeyRole])
        parser.add_argument("pem", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish, and print the key's id."""
        try:
            public = load_pem_public_key(options["pem"].read_bytes())
            key = PublicKey(SSlibKey.from_crypto(public))
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['pem']} holds no public key: {error}") from error
        try:
            row = keyring.publish(KeyRole(options["role"]), key)
        except SigningError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(row.keyid)
