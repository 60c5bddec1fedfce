"""`manage.py keys …`: the key ceremony of the update repository.

`sign` needs no database and no other key than its own: it runs on a machine without network.
"""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from builds.signing import SigningError
from builds.signing.offline import describe, metadata_read, metadata_sign
from fleet.lib import clock
from fleet.lib.errors import FleetError
from ota import epochs
from ota.trust.ceremony import acts as ceremony
from ota.trust.ceremony import status as report
from ota.trust.ceremony.acts import CeremonyPlan, Done
from ota.trust.signer import repair
from ota.trust.tuf.roles import KEY_ROLES, ROOT, TARGETS


def _pair(text: str) -> tuple[str, str]:
    role, equals, value = text.partition("=")
    if not equals or role not in KEY_ROLES:
        raise ArgumentTypeError(f"write ROLE=VALUE; ROLE is one of {', '.join(KEY_ROLES)}")
    return role, value


class Command(BaseCommand):
    """init, status, add, rotate, revoke, threshold, export, sign, import, repair."""

    help = "Keys of the update repository."
    requires_system_checks: Any = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command per act."""
        acts = parser.add_subparsers(dest="act", required=True)
        init = acts.add_parser("init", help="make the first keys and the first root")
        init.add_argument("--key", type=_pair, action="append", default=[], metavar="ROLE=URI")
        init.add_argument("--public", type=_pair, action="append", default=[], metavar="ROLE=PEM")
        init.add_argument("--threshold", type=_pair, action="append", default=[])
        init.add_argument(
            "--anew",
            action="store_true",
            help="the previous keys are lost: every device has to be enrolled again",
        )
        acts.add_parser("status", help="keys, expiry, and what waits for a signature")
        for act in ("add", "rotate"):
            each = acts.add_parser(act)
            each.add_argument("role", help=f"{', '.join(KEY_ROLES)}, model-NAME")
            each.add_argument(
                "--uri", default="", help="where the key is; without one, a key file is made"
            )
            each.add_argument(
                "--public",
                type=Path,
                help="PEM file of a public key whose private half is elsewhere",
            )
        each.add_argument("--keyid", default="", help="only this one of the role's keys")
        each.add_argument(
            "--revoke",
            action="store_true",
            help="the old key was stolen: trust nothing that it signed",
        )
        acts.add_parser("revoke").add_argument("keyid")
        threshold = acts.add_parser(
            "threshold", help="set how many key holders of a role have to sign"
        )
        threshold.add_argument("role")
        threshold.add_argument("number", type=int)
        export = acts.add_parser(
            "export", help="write the next root or targets to a file, to be signed elsewhere"
        )
        export.add_argument("role", choices=[ROOT, TARGETS])
        export.add_argument("file", type=Path)
        sign = acts.add_parser("sign", help="add a signature to a file; needs no database")
        sign.add_argument("file", type=Path)
        sign.add_argument("--key", required=True, metavar="URI")
        acts.add_parser("import", help="publish a signed file").add_argument("file", type=Path)
        acts.add_parser("repair", help="sign again what was altered, lost or restored")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what came of it."""
        try:
            getattr(self, f"_{options['act']}")(options)
        except (FleetError, SigningError) as error:
            raise CommandError(str(getattr(error, "message", error))) from error

    def _init(self, options: dict[str, Any]) -> None:
        try:
            thresholds = {role: int(number) for role, number in options["threshold"]}
        except ValueError as error:
            raise CommandError("A threshold is a number: write ROLE=2.") from error
        uris: dict[str, list[str]] = {}
        publics: dict[str, list[Path]] = {}
        for role, uri in options["key"]:
            uris.setdefault(role, []).append(uri)
        for role, pem in options["public"]:
            publics.setdefault(role, []).append(Path(pem))
        self._print_outcome(
            ceremony.keys_init(CeremonyPlan(uris, publics, thresholds), anew=options["anew"])
        )

    def _status(self, options: dict[str, Any]) -> None:
        del options
        self.stdout.write(report.status(clock.now()))

    def _add(self, options: dict[str, Any]) -> None:
        named = {name: options[name] for name in ("uri", "public")}
        self._print_outcome(ceremony.key_add(options["role"], **named))

    def _rotate(self, options: dict[str, Any]) -> None:
        named = {name: options[name] for name in ("uri", "public", "keyid", "revoke")}
        self._print_outcome(ceremony.key_rotate(options["role"], **named))

    def _revoke(self, options: dict[str, Any]) -> None:
        self._print_outcome(ceremony.key_revoke(options["keyid"]))

    def _threshold(self, options: dict[str, Any]) -> None:
        self._print_outcome(ceremony.threshold_set(options["role"], options["number"]))

    def _export(self, options: dict[str, Any]) -> None:
        ceremony.metadata_export(options["role"], options["file"])
        self.stdout.write(describe(metadata_read(options["file"])))

    def _sign(self, options: dict[str, Any]) -> None:
        keyid = metadata_sign(options["file"], options["key"])
        self.stdout.write(f"{describe(metadata_read(options['file']))}\nsigned with {keyid}")

    def _import(self, options: dict[str, Any]) -> None:
        self._print_outcome(ceremony.metadata_import(options["file"]))

    def _repair(self, options: dict[str, Any]) -> None:
        del options
        before = epochs.current()
        self._print_outcome(Done(tuple(repair.repository_repair())))
        if (now := epochs.current()) != before:
            self.stdout.write(
                f"epoch {now} begun: numbers of actions begin at {epochs.begins_at()}, "
                "and every device is asked what it runs"
            )

    def _print_outcome(self, done: Done) -> None:
        if done.signed or not done.missing:
            self.stdout.write(f"signed: {', '.join(done.signed) or 'nothing to do'}")
        if done.missing:
            self.stdout.write(done.missing)
