"""`edgefleet`: models, builds, releases, rollouts and devices from the command line.

Exit codes: 0 done; 1 it was done and came out badly; 2 refused, or wrongly asked; 3 the service was
not reached.
"""

import sys
from collections.abc import Sequence
from typing import Final

import click

from fleet.cli import __version__
from fleet.cli.commands import GROUPS
from fleet.cli.errors import CliError
from fleet.cli.session import Session, output_options

EPILOG: Final = (
    "Exit codes: 0 done; 1 it came out badly; 2 refused or wrongly asked; 3 not reached."
)
INTERRUPTED: Final = 130  # what shells use for Ctrl-C


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
@click.version_option(__version__, prog_name="edgefleet")
@output_options
@click.pass_context
def cli(context: click.Context) -> None:
    """Manage the models that run on a fleet of devices."""
    context.ensure_object(Session)


for group in GROUPS:
    cli.add_command(group)


def run(arguments: Sequence[str], session: Session) -> int:
    """Run one command line and return its exit code; every failure is one sentence on standard
    error.
    """
    try:
        cli.main(list(arguments), prog_name="edgefleet", standalone_mode=False, obj=session)
    except CliError as error:
        session.output.error(str(error))
        return error.exit_code
    except OSError as error:
        session.output.error(f"{error.filename or 'A file'}: {error.strerror or error}.")
        return 2
    except (LookupError, TypeError, AttributeError) as error:
        # Another service, or one of another age: its answers have another shape.
        name = type(error).__name__
        session.output.error(
            f"edgefleet {__version__} does not understand the answer: {name} {error}."
        )
        return 3
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show(session.output.err.file)
        return 2
    finally:
        session.close()
    return 0


def main() -> None:
    """Run as a program."""
    sys.exit(run(sys.argv[1:], Session()))


if __name__ == "__main__":
    main()
