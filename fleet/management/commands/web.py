"""`manage.py web`: the web alone, as production runs it."""

import signal
from functools import partial
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fleet.service import roles, web
from fleet.service.supervisor import Service


class Command(BaseCommand):
    """Serves pages, REST and devices."""

    help = "Serve pages, the REST API and devices, until SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen, and how many processes serve."""
        parser.add_argument("--bind", default="127.0.0.1:8000", help="address and port")
        parser.add_argument("--processes", type=int, default=2, help="1 serves in this process")

    def handle(self, *_: Any, **options: Any) -> None:
        """Serve in this process, or in several that share the socket."""
        listening = listen(options["bind"])
        application = roles.preload()
        role = roles.ProcessRole("web", "web", partial(web.run, application, listening))
        if options["processes"] <= 1:
            roles.become(role)
            return
        stop = stopping()
        runs = [(f"web-{n}", partial(roles.become, role)) for n in range(options["processes"])]
        with Service(runs) as service:
            service.run(stop.is_set)


def listen(bind: str) -> Any:
    """The listening socket. Raises CommandError with a sentence."""
    try:
        return web.listener(bind)
    except (OSError, ValueError) as error:
        raise CommandError(f"{bind} cannot be listened at: {error}.") from error


def stopping() -> Event:
    """An event that SIGTERM and SIGINT set."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
