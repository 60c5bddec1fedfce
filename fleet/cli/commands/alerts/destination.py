"""`edgefleet destination`: where news is sent, and how it went."""

from typing import Final

import click

from fleet.cli.session import Session, verb

COLUMNS: Final = {
    "ID": "id",
    "NAME": "name",
    "KIND": "kind",
    "ADDRESS": "address",
    "ENABLED": "enabled",
    "FAILURES": "failures",
    "EVENTS": "events",
}
FACTS: Final = (*COLUMNS.values(), "disabled_reason", "hint", "last_success_at")
MESSAGES: Final = {
    "ID": "id",
    "EVENT": "event",
    "TO": "destination_name",
    "STATE": "state",
    "ATTEMPTS": "attempts",
    "CREATED": "created_at",
    "NEXT": "next_at",
}
MESSAGE_FACTS: Final = (*MESSAGES.values(), "subject", "delivered_at", "tries", "payload")


@click.group()
def destination() -> None:
    """Destinations of news: e-mail addresses and webhooks."""


@verb(destination, "list")
def list_all(session: Session) -> None:
    """List destinations, the newest first."""
    session.output.rows(session.client.pages("destinations/"), COLUMNS)


@verb(destination, "show")
@click.argument("destination_id")
def show(session: Session, destination_id: str) -> None:
    """Show one destination."""
    session.output.one(session.client.get(f"destinations/{destination_id}/"), FACTS)


@verb(destination, "create")
@click.argument("name")
@click.option("--webhook", "url", help="A URL that begins with https://.")
@click.option("--email", help="Addresses with commas between.")
@click.option("--event", "events", multiple=True, help="Such as incident.opened.")
def create(
    session: Session, name: str, url: str | None, email: str | None, events: tuple[str, ...]
) -> None:
    """Make a destination; a webhook's secret is shown once."""
    if (url is None) == (email is None):
        raise click.UsageError("Give either --webhook or --email.")
    body = {
        "name": name,
        "kind": "webhook" if url else "email",
        "address": url or email,
        "events": list(events),
    }
    made = session.client.secret("destinations/", body, "secret")
    session.output.one(made, (*FACTS, "secret"))


@verb(destination, "edit")
@click.argument("destination_id")
@click.option("--address", help="A URL, or e-mail addresses with commas between.")
@click.option("--event", "events", multiple=True, help="What it listens to instead.")
@click.option("--no-events", is_flag=True, help="It listens to nothing; rules may send to it.")
def edit(
    session: Session,
    destination_id: str,
    address: str | None,
    events: tuple[str, ...],
    *,
    no_events: bool,
) -> None:
    """Change where it lies, or what it listens to."""
    body: dict[str, object] = {"address": address} if address else {}
    if events or no_events:
        body["events"] = list(events)
    session.output.one(session.client.patch(f"destinations/{destination_id}/", body), FACTS)


@verb(destination, "delete")
@click.argument("destination_id")
def delete(session: Session, destination_id: str) -> None:
    """Remove it with its messages."""
    session.client.delete(f"destinations/{destination_id}/")
    session.output.note(f"{destination_id} was deleted.")


@verb(destination, "rotate")
@click.argument("destination_id")
def rotate(session: Session, destination_id: str) -> None:
    """Give a webhook a new secret, which is shown once."""
    path = f"destinations/{destination_id}/rotate/"
    session.output.one(session.client.secret(path, {}, "secret"), (*FACTS, "secret"))


@verb(destination, "deliveries")
@click.option("--destination", help="A destination's id (dst_…).")
@click.option("--state", help="waiting, delivered or failed.")
@click.option("--event", help="Such as incident.opened.")
def deliveries(session: Session, **filters: str | None) -> None:
    """List messages, the newest first."""
    session.output.rows(session.client.pages("deliveries/", **filters), MESSAGES)


@verb(destination, "delivery")
@click.argument("message_id")
def delivery(session: Session, message_id: str) -> None:
    """Show one message with its last tries."""
    session.output.one(session.client.get(f"deliveries/{message_id}/"), MESSAGE_FACTS)


@verb(destination, "redeliver")
@click.argument("message_id")
def redeliver(session: Session, message_id: str) -> None:
    """Send a message again, under the same id."""
    found = session.client.post(f"deliveries/{message_id}/redeliver/", {})
    session.output.one(found, MESSAGE_FACTS)


def _act(name: str, sentence: str, facts: tuple[str, ...]) -> None:
    def act(session: Session, destination_id: str) -> None:
        found = session.client.post(f"destinations/{destination_id}/{name}/", {})
        session.output.one(found, facts)

    act.__doc__ = sentence
    verb(destination, name)(click.argument("destination_id")(act))


_act("enable", "Call it again; what waits for it is sent.", FACTS)
_act("disable", "Call it no more; what waits for it is kept.", FACTS)
_act("test", "Send a test message.", MESSAGE_FACTS)
