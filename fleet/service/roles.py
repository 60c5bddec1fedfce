"""Which processes make up a running service on one machine."""

import gc
import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.urls import get_resolver

from fleet.celery import app
from fleet.lib import measures
from fleet.service import web, workers

# What Celery would import in each process by itself.
CELERY_MODULES: Final = (
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.concurrency.solo",
    "celery.worker.consumer",
)
WEB_PROCESSES: Final = 2
COMPILERS: Final = 2


@dataclass(frozen=True, slots=True)
class ProcessRole:
    """One process: its name in logs, its kind (see `builds.keyring.process`), and what it does."""

    name: str
    kind: str
    run: Callable[[], None]


def roles(listening: socket.socket) -> tuple[ProcessRole, ...]:
    """The embedded default's processes. Everything that they import is imported here, once.

    Rollout ticks and drift must not wait behind a compile, nor a signature behind either, so each
    queue has a process of its own; forked after the import, one costs what it changes.
    """
    application = preload()
    return (
        *(
            ProcessRole(f"web-{number}", "web", partial(web.run, application, listening))
            for number in range(1, WEB_PROCESSES + 1)
        ),
        ProcessRole("worker", "worker", partial(workers.work, "default", "default")),
        *(
            ProcessRole(f"compiler-{n}", "build", partial(workers.work, f"compile{n}", "compile"))
            for n in range(1, COMPILERS + 1)
        ),
        ProcessRole("signer", "signer", partial(workers.work, "sign", "sign")),
        ProcessRole("beat", "beat", workers.beat),
    )


def preload() -> WSGIHandler:
    """Import what processes will need, and hold nothing that may not cross a fork."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    measures.begin()
    application = WSGIHandler()
    get_resolver().url_patterns  # noqa: B018 - imports every view
    app.loader.import_default_modules()
    for name in CELERY_MODULES:
        import_module(name)
    connections.close_all()
    gc.collect()
    gc.freeze()  # a collection in a child would write to every object, and so copy its page
    return application


def become(role: ProcessRole) -> None:
    """Be a role, in a process that was just forked."""
    os.environ["EDGEFLEET_PROCESS"] = role.kind
    settings.EDGEFLEET_PROCESS = role.kind
    logging.captureWarnings(capture=True)
    role.run()
