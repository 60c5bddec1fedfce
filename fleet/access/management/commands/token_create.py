"""`manage.py token_create`: the first token of a machine that has no other way in."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from fleet.access import selectors, services
from fleet.lib.actor import system
from fleet.lib.errors import FleetError


class Command(BaseCommand):
    """Prints the secret, and nothing else, on standard output."""

    help = "Create an API token for a user and print its secret once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take owner, name, scopes and life."""
        parser.add_argument("username")
        parser.add_argument("--name", default="command line")
        parser.add_argument(
            "--scope",
            action="append",
            dest="scopes",
            help="repeat for several; default: all of the owner's",
        )
        parser.add_argument("--days", type=int, default=90)

    def handle(self, *args: Any, **options: Any) -> None:
        """Issue the token. Raises CommandError with the reason of a refusal."""
        del args
        owner = User.objects.filter(username=options["username"]).first()
        if owner is None:
            raise CommandError(f"There is no user {options['username']!r}.")
        try:
            _, secret = services.token_issue(
                owner=owner,
                name=options["name"],
                days=options["days"],
                by=system("token_create"),
                scopes=options["scopes"] or selectors.scopes_of(owner),
            )
        except FleetError as error:
            raise CommandError(error.message) from error
        self.stdout.write(secret)
