"""The web process: Django behind Waitress.

Guarantees: a thread is held by a call of the application only, never by a reader or a sender;
answers to HEAD have no body; SIGTERM ends the process after its running calls; files that requests
bring lie below `EDGEFLEET_VAR`, not in a `/tmp` that may be memory.
"""

import resource
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from waitress.adjustments import Adjustments

from fleet.service.connections import HEADER_BYTES_MAX, LOOK_SECONDS, Server
from fleet.service.lanes import Dispatcher

THREADS: Final = 8
BACKLOG: Final = 1024
CONNECTIONS_MAX: Final = 4096
FORM_BYTES: Final = 1024 * 1024  # of a multipart body, beside its file
SPARE_FILES: Final = 128  # open files beside those of connections
FILES_PER_CONNECTION: Final = 2  # its socket, and what it sends or brings
# Between threads that compute: a poll gives its turn up at each read of the database, and as many
# as there are threads may stand before it then.
SWITCH_SECONDS: Final = 0.001
PENDING_BYTES: Final = 64 * 1024**2  # of an answer that is no file, before its thread waits
FAMILIES: Final = {True: socket.AF_INET6, False: socket.AF_INET}

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def listener(bind: str) -> socket.socket:
    """A listening socket for `host:port`. Raises OSError when it is taken."""
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    listening = socket.socket(FAMILIES[":" in host], socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, int(port)))
        listening.listen(BACKLOG)
    except BaseException:
        listening.close()
        raise
    listening.settimeout(0)
    return listening


def serve(application: Wsgi, listening: socket.socket) -> None:
    """Serve until SIGTERM."""
    spool = Path(settings.VAR_DIR) / "incoming"
    spool.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(spool)
    sys.setswitchinterval(SWITCH_SECONDS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server(application, listening).run()


def server(application: Wsgi, listening: socket.socket) -> Server:
    """A server that waits for `run`."""
    largest = max(settings.EDGEFLEET_MODEL_MAX_BYTES, settings.EDGEFLEET_DATASET_MAX_BYTES)
    adjustments = Adjustments(
        threads=THREADS,
        backlog=BACKLOG,
        connection_limit=_connections(),
        cleanup_interval=LOOK_SECONDS,
        asyncore_use_poll=True,  # select() knows 1,024 files
        max_request_header_size=HEADER_BYTES_MAX,
        max_request_body_size=largest + FORM_BYTES,
        outbuf_high_watermark=PENDING_BYTES,
        # `EDGEFLEET_PROXIES` says whose word counts, in Django.
        clear_untrusted_proxy_headers=False,
        ident="EdgeFleet",
    )
    dispatcher = Dispatcher()
    dispatcher.set_thread_count(adjustments.threads)
    place = (listening.family, listening.type, listening.proto, listening.getsockname())
    return Server(
        bodiless_heads(application),
        {},
        _sock=listening,
        dispatcher=dispatcher,
        adj=adjustments,
        bind_socket=False,
        sockinfo=place,
    )


def bodiless_heads(application: Wsgi) -> Wsgi:
    """The application without bodies in answers to HEAD, which servers leave to it."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        if callable(close := getattr(body, "close", None)):
            close()
        return ()

    return answer


def run(application: WSGIHandler, listening: socket.socket) -> None:
    """What a web process does."""
    if settings.EDGEFLEET_PRODUCTION:
        # No server runs the checks by itself, and a web process that could sign must not serve.
        call_command("check")
    serve(application, listening)


def _connections() -> int:
    """How many connections there may be; raises the soft limit of open files to the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS_MAX * FILES_PER_CONNECTION + SPARE_FILES
    least = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < least:
        resource.setrlimit(resource.RLIMIT_NOFILE, (least, hard))
    return min(CONNECTIONS_MAX, (least - SPARE_FILES) // FILES_PER_CONNECTION)
