"""`manage.py build_now VERSION TARGET`: one build in the foreground, for support and scripts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from builds.choices import Arithmetic, Optimise, Weights
from builds.models import Build
from builds.pipeline.run import build_run
from builds.services import build_request
from fleet.lib.actor import system
from fleet.lib.errors import FleetError
from fleet.lib.jobs import JobState
from registry.selectors import version_by_id


class Command(BaseCommand):
    """Asks for a build and does it in this process."""

    help = "Build one version for one target here and now."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to build."""
        parser.add_argument("version", help="public id, ver_…")
        parser.add_argument("target")
        parser.add_argument("--optimise", choices=Optimise.values, default=Optimise.BALANCED)
        parser.add_argument("--weights", choices=Weights.values, default=Weights.TOGETHER)
        parser.add_argument("--arithmetic", choices=Arithmetic.values, default=Arithmetic.REFUSE)
        parser.add_argument("--force", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the log and how it ended."""
        try:
            (asked,) = build_request(
                version=version_by_id(options["version"]),
                targets=[options["target"]],
                by=system("build_now"),
                optimise=options["optimise"],
                weights=options["weights"],
                arithmetic=options["arithmetic"],
                force=options["force"],
            )
        except FleetError as error:
            raise CommandError(error.message) from error
        if not asked.cached:
            build_run(build_id=asked.build.pk)
        self._print_end(Build.objects.get(pk=asked.build.pk))

    def _print_end(self, build: Build) -> None:
        for step in build.steps.all():
            self.stdout.write(f"{step.stage:10} {step.seconds:8.2f} s  {step.text}")
        self.stdout.write(f"{build.public_id} {build.state}")
        if build.state != JobState.SUCCEEDED:
            raise CommandError(build.failure or build.last_error or f"It is {build.state}.")
