"""`manage.py version_import FILE --keys KEYS`: take in a version that another service exported."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.management.base import BaseCommand, CommandError, CommandParser
from securesystemslib.signer import SSlibKey

from builds import keyring
from builds.choices import KeyRole
from builds.signing import PublicKey
from builds.sources.exchange.imported import version_import
from fleet.lib.actor import system
from fleet.lib.errors import FleetError


class Command(BaseCommand):
    """Takes one file in."""

    help = "Take in a version that another service exported and that a trusted key signed."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to take in, whom to trust, and under which name."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--keys",
            type=Path,
            help="public keys of the other service, from `edgefleet release keys`; else our own",
        )
        parser.add_argument("--model", help="the model's name here; else as it was there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Push the version; its admission follows in the background."""
        try:
            with options["file"].open("rb") as file:
                version = version_import(
                    stream=file,
                    keys=_keys(options["keys"]),
                    by=system("version_import"),
                    name=options["model"],
                )
        except FleetError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from error
        self.stdout.write(f"{version} is {version.public_id}, {version.state}")


def _keys(path: Path | None) -> list[PublicKey]:
    """The builder's keys that are trusted."""
    if path is None:
        return keyring.verifying_keys(KeyRole.BUILDER)
    try:
        rows = [row for row in json.loads(path.read_text()) if row["role"] == KeyRole.BUILDER]
        return [_key(row["keyid"], row["public"]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} is not a list of public keys: {error}.") from error


def _key(keyid: str, public: str) -> PublicKey:
    if public.startswith("-----BEGIN"):
        return PublicKey(SSlibKey.from_crypto(load_pem_public_key(public.encode()), keyid))
    return PublicKey.from_ed25519(public, keyid)
