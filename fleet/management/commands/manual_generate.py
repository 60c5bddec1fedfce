"""`manage.py manual_generate`: write the generated pages of the manual again."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from builds.compiler.operators.manual import supported_ops_page
from fleet.manual import events_page, power_picture, settings_page, states_page
from fleet.manual.architecture import page as architecture_page
from fleet.manual.architecture import picture as architecture_picture

DOCS: Final = Path(__file__).resolve().parents[2] / "console" / "docs"
PAGES: Final = {
    "architecture.md": architecture_page.page,
    "pictures/rooms.svg": architecture_picture.picture,
    "pictures/power.svg": power_picture.picture,
    "events.md": events_page.page,
    "settings.md": settings_page.page,
    "states.md": states_page.page,
    "supported_ops.md": supported_ops_page,
}


class Command(BaseCommand):
    """Writes each page, or with --check says which one is stale."""

    help = "Write the manual's generated pages from the tables that they describe."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to write, or only to look."""
        parser.add_argument("--check", action="store_true", help="exit 1 if a page is stale")

    def handle(self, *_: Any, **options: Any) -> None:
        """Write or check. Raises CommandError for a stale page."""
        for name, make in PAGES.items():
            path, text = DOCS / name, make()
            if options["check"] and (not path.exists() or path.read_text() != text):
                raise CommandError(f"{name} is stale: run manage.py manual_generate.")
            if not options["check"]:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
