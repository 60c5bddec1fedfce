"""Redis and RabbitMQ of Debian's packages, on ports and in folders of their own."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.ports import free_port, listens
from tests.servers.processes import needed, running

Broker = Callable[[Path], AbstractContextManager[str]]


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Yield the URL of an empty Redis; what it holds is kept in memory only."""
    port = free_port()
    options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    argv = [needed("redis-server", "redis-server"), "--port", str(port), *options]
    with running(argv, log=folder / "redis.log", ready=lambda: _pongs(port)):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def rabbitmq(folder: Path) -> Iterator[str]:
    """Yield the URL of an empty RabbitMQ, with a port mapper that ends with it."""
    # Debian's wrapper runs it as its own user in its own folder; the program itself runs anywhere.
    program = needed("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")
    port, mapper, log = free_port(), free_port(), folder / "rabbitmq.log"
    environment = {
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(mapper),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"edgefleet{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
    }
    names = [needed("epmd", "erlang-base"), "-port", str(mapper), "-address", "127.0.0.1"]
    with (
        running(names, log=log, ready=lambda: listens(mapper)),
        running([program], log=log, ready=lambda: listens(port), environment=environment),
    ):
        yield f"amqp://guest:guest@127.0.0.1:{port}//"


def _pongs(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) != 0:
            return False
        probe.sendall(b"PING\r\n")
        return probe.recv(16).startswith(b"+PONG")
