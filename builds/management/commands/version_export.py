"""`manage.py version_export VERSION FILE`: a version with all that belongs to it, signed."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from builds.sources.exchange.exported import version_export
from fleet.lib.actor import system
from fleet.lib.errors import FleetError
from registry.selectors import version_by_id, version_resolve


class Command(BaseCommand):
    """Writes one file."""

    help = "Write a version with its datasets, builds and history as one file, signed."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to write, and where."""
        parser.add_argument("version", help="public id, ver_…, or model:label")
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it whole or not at all."""
        model, _, word = options["version"].partition(":")
        out: Path = options["file"]
        part = out.with_name(f"{out.name}.part")
        try:
            version = version_resolve(model=model, word=word) if word else version_by_id(model)
            with part.open("wb") as file:
                digest = version_export(version=version, out=file, by=system("version_export"))
            part.replace(out)
        except FleetError as error:
            raise CommandError(error.message) from error
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(f"{version}: {out.stat().st_size} bytes, manifest {digest}")
