"""`manage.py converters install NAME` and `converters list`: the environments of converters."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from builds.jailed.environments import ENVIRONMENTS, MARK, NEEDED, Environment

VERSION: Final = "import sys; print('%d.%d' % sys.version_info[:2])"
PART: Final = re.compile(
    r"Bytecode|Collecting|Downloading|Prepared|Installed|Resolved|Successfully"
)
ASK_SECONDS: Final = 30.0


class Command(BaseCommand):
    """Makes, lists or removes environments; a worker that has none still builds all else."""

    help = "Install converters in environments of their own, list them, or remove one."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which."""
        parser.add_argument("what", choices=["list", "install", "remove"])
        parser.add_argument("name", nargs="?", choices=sorted(NEEDED))
        parser.add_argument("--python", help="The interpreter to make it with, as /opt/bin/python3")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, telling each step."""
        if options["what"] == "list":
            return self._list()
        if options["name"] is None:
            raise CommandError(f"Which one? {', '.join(sorted(NEEDED))}")
        if options["what"] == "remove":
            shutil.rmtree(ENVIRONMENTS[options["name"]].place, ignore_errors=True)
            return None
        missing = [row for row in NEEDED[options["name"]] if not row.installed]
        if not all(row.lock.exists() for row in missing):
            raise CommandError(
                "The locks of converters lie in the source tree (requirements/converters), and are "
                "not installed with the package: run this command there, with the same "
                "EDGEFLEET_CONVERTERS_DIR."
            )
        pythons = [
            _python_for(row, options["python"]) for row in missing
        ]  # all, before any is made
        for environment, python in zip(missing, pythons, strict=True):
            self._make(environment, python)
        self._list()
        return None

    def _list(self) -> None:
        """One line an environment."""
        for row in ENVIRONMENTS.values():
            state = "installed" if row.installed else "older lock" if row.mark else "not installed"
            self.stdout.write(f"{row.name:10} {state:14} {row.converter}: {row.what}")

    def _make(self, environment: Environment, python: str) -> None:
        place = environment.place
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        self.stdout.write(f"{environment.name}: making {place} with {python}")
        self._run([python, "-m", "venv", *_pip_too(), str(place)])
        self.stdout.write(f"{environment.name}: installing {environment.converter} by its lock")
        self._run(_install_command(environment))
        mark = {"lock": environment.digest, "python": python}
        (place / MARK).write_text(json.dumps(mark))
        self.stdout.write(f"{environment.name}: installed")

    def _run(self, argv: Sequence[str]) -> None:
        """Run a command of our own words, and tell how far it is."""
        with subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            last = ""
            for line in process.stdout or ():
                last = line.strip() or last
                if PART.match(last):
                    self.stdout.write(f"  {last[:100]}")
        if process.returncode:
            raise CommandError(f"{Path(argv[0]).name} failed: {last}")


def _python_for(environment: Environment, wish: str | None) -> str:
    """An interpreter of a fitting version. Raises CommandError where there is none."""
    names = [
        f"python3.{minor}" for minor in range(environment.most[1], environment.least[1] - 1, -1)
    ]
    ours = [sys.executable] if not wish else []
    for name in [wish] if wish else [*ours, *names]:
        found = shutil.which(name)
        if found and environment.least <= _version(found) <= environment.most:
            return found
    wanted = " or ".join(f"{major}.{minor}" for major, minor in _fitting(environment))
    raise CommandError(
        f"The converter {environment.name} needs Python {wanted}, and none is on the PATH; install "
        f"one, or name it: converters install {environment.name} --python /path/to/python3."
    )


def _fitting(environment: Environment) -> list[tuple[int, int]]:
    return [(3, minor) for minor in range(environment.least[1], environment.most[1] + 1)]


def _version(python: str) -> tuple[int, int]:
    asked = subprocess.run(
        [python, "-I", "-c", VERSION],
        capture_output=True, text=True, timeout=ASK_SECONDS, check=False,
    )  # fmt: skip
    major, _, minor = asked.stdout.strip().partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (0, 0)


def _uv() -> str | None:
    """The fast installer, where it is there."""
    return shutil.which("uv", path=f"{Path(sys.executable).parent}") or shutil.which("uv")


def _pip_too() -> list[str]:
    return ["--without-pip"] if _uv() else []


def _install_command(environment: Environment) -> list[str]:
    python, lock = str(environment.place / "bin/python"), str(environment.lock)
    if uv := _uv():
        # Compiled now: in the jail nothing can be written there.
        return [uv, "pip", "install", "--compile-bytecode", "--python", python,
                "--require-hashes", "-r", lock]  # fmt: skip
    return [python, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes",
            "-r", lock]  # fmt: skip
