"""What a shell offers for a word that is being typed: devices, groups and labels of the service.

Guarantees: one short request; a service that is away, or a login that is missing, offers nothing
and says nothing, since the shell would print it into the line.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final

import click
from click.shell_completion import CompletionItem, get_completion_class

from fleet.cli.errors import CliError, Unreachable
from fleet.cli.session import Session

OFFERED_MAX: Final = 50  # words; more would not help anybody who chooses
SHELLS: Final = ("bash", "zsh", "fish")
LABELS_FROM: Final = 50  # devices whose labels are offered

Offer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _offers(words: Callable[[Session, str], Iterable[CompletionItem]]) -> Offer:
    def offer(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        del parameter
        session = context.ensure_object(Session)
        session.output.quiet, session.sleep = True, _give_up
        try:
            found = (each for each in words(session, incomplete) if _fits(each, incomplete))
            return list(islice(found, OFFERED_MAX))
        except (CliError, OSError, LookupError, TypeError):
            return []
        finally:
            session.close()

    return offer


def _give_up(seconds: float) -> None:
    """Take the place of a pause before the next attempt: whoever types does not wait."""
    raise Unreachable(f"The service is away for {seconds:g} s at least.")


def _fits(item: CompletionItem, incomplete: str) -> bool:
    return str(item.value).startswith(incomplete)


def _devices(session: Session, incomplete: str) -> Iterable[CompletionItem]:
    plain = all(sign.isalnum() or sign in "._-" for sign in incomplete)
    query = f'name like "{incomplete}*"' if incomplete and plain else ""
    for row in _first(session, "devices/", query=query):
        yield CompletionItem(row["name"], help=row["target"])


def _groups(session: Session, incomplete: str) -> Iterable[CompletionItem]:
    del incomplete
    for row in _first(session, "groups/"):
        yield CompletionItem(row["name"], help=row["query"] or row["kind"])


def _labels(session: Session, incomplete: str) -> Iterable[CompletionItem]:
    del incomplete
    rows = islice(_first(session, "devices/"), LABELS_FROM)
    known = {f"{key}={value}" for row in rows for key, value in row["labels"].items()}
    return (CompletionItem(text) for text in sorted(known))


def _first(session: Session, path: str, **query: str) -> Iterable[dict[str, Any]]:
    page = session.client.get(path, **query)
    rows: list[dict[str, Any]] = page["results"]
    return rows


devices: Final = _offers(_devices)
groups: Final = _offers(_groups)
labels: Final = _offers(_labels)


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the lines that make SHELL complete `edgefleet`: eval "$(edgefleet completion bash)"."""
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    program = context.find_root().command
    written = found(program, {}, "edgefleet", "_EDGEFLEET_COMPLETE").source()
    context.obj.output.line(written)
