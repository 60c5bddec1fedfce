"""``edgefleet-agent enrol | run | once | status | key | rotate-key``.

Exit codes: 0 done, 1 the service or the medium did not let us, 2 wrong settings or arguments,
3 not enrolled, 4 the service has turned this device away.
"""

import argparse
import json
import logging
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from device_agent import __version__, logs
from device_agent.agent import Agent
from device_agent.clock import SystemClock
from device_agent.config import Config, load_config
from device_agent.errors import (
    AgentError,
    Misconfigured,
    NotEnrolled,
    Rejected,
    StorageUnusable,
)
from device_agent.identity.enrolment import enrol_device
from device_agent.identity.keys import device_key, load_enrolment, make_device_key
from device_agent.identity.rotation import next_key, rotate_key, settle_key
from device_agent.loop import Loop
from device_agent.model.input_source import open_feed
from device_agent.net.client import DeviceClient
from device_agent.net.session import DeviceSession
from device_agent.net.transport import UrllibWire
from device_agent.protocol.enrol import ROOT_LIMIT
from device_agent.slot_runner import SlotRunner
from device_agent.state.record import UpdatePhase
from device_agent.status import last_contact
from device_agent.status.collect import status
from device_agent.status.text import lines
from device_agent.storage.lock import only_agent
from device_agent.storage.port import FileStorage, Storage
from device_agent.update.prover import ChildProver
from device_agent.update.repository import ChildRepository
from device_agent.watchdog import watchdog

if TYPE_CHECKING:
    from device_agent.gateway.gateway import Gateway

log = logging.getLogger(__name__)

EXIT_DONE, EXIT_FAILED, EXIT_SETTINGS, EXIT_NOT_ENROLLED, EXIT_TURNED_AWAY = range(5)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    parsed = _parser().parse_args(arguments)
    logs.configure(verbose=parsed.verbose)
    try:
        config = _settings(parsed)
        logs.configure(verbose=parsed.verbose, config=config)
        return int(parsed.command(config, parsed))
    except NotEnrolled as error:
        return _ended(error, EXIT_NOT_ENROLLED)
    except Misconfigured as error:
        return _ended(error, EXIT_SETTINGS)
    except Rejected as error:
        return _ended(error, EXIT_TURNED_AWAY)
    except AgentError as error:
        return _ended(error, EXIT_FAILED)
    except Exception:  # a fault of ours: one line with its trace, and the status that it had
        log.exception("The agent ends by a fault of its own.")
        return EXIT_FAILED


def enrol(config: Config, parsed: argparse.Namespace) -> int:
    """Join the fleet with a one-time code, or with a key that was registered before."""
    if not config.server_url:
        raise Misconfigured("Name the service: --server or EDGEFLEET_AGENT_SERVER_URL.")
    storage = FileStorage(config.state_path)
    with only_agent(config.state_path):
        enrolment, state = enrol_device(
            storage=storage,
            wire=_wire(config),
            clock=SystemClock(),
            server_url=config.server_url,
            code=parsed.code,
            controller_id=config.controller_id,
            target=config.target,
            attributes=dict(config.attributes),
            root=_root(parsed.root),
            new_key=parsed.new_key,
        )
    print(f"{enrolment.controller_id} is {state}.")
    return EXIT_DONE


def once(config: Config, parsed: argparse.Namespace) -> int:
    """Carry one visit to its end: install, prove, confirm or go back, report."""
    with only_agent(_folder(config)):
        agent = _agent(config, FileStorage(config.state_path))
        agent.check_trial()
        agent.visit()
        if agent.state.phase is UpdatePhase.TRIAL:
            agent.check_trial()
            agent.visit()
        agent.alive()
        with _children(config, agent.storage, agent) as children:
            troubles = children.round() if children is not None else {}
    return EXIT_FAILED if any(troubles.values()) else EXIT_DONE


def run(config: Config, parsed: argparse.Namespace) -> int:
    """Run the model and keep it up to date, until SIGTERM or SIGINT."""
    with only_agent(_folder(config)):
        storage = FileStorage(config.state_path)
        agent = _agent(config, storage)
        running, alive = SlotRunner(agent, storage), watchdog(agent.clock)
        on_visit = partial(last_contact.keep, Path(config.runtime_dir))
        loop = Loop(agent, running, open_feed(config), alive=alive, on_visit=on_visit)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: loop.stop())
        with _children(config, storage, agent) as children:
            if children is not None:
                children.begin()
            loop.run()
    return EXIT_DONE


def show(config: Config, parsed: argparse.Namespace) -> int:
    """Print what the device knows of itself."""
    found = status(FileStorage(_folder(config)), config, SystemClock())
    print(json.dumps(found, indent=2) if parsed.json else "\n".join(lines(found)))
    return EXIT_DONE


def key(config: Config, parsed: argparse.Namespace) -> int:
    """Print this device's public key, made if there is none, so that it can be registered."""
    storage = FileStorage(config.state_path)
    with only_agent(config.state_path):
        print(make_device_key(storage).public_key().public_bytes_raw().hex())
    return EXIT_DONE


def rotate(config: Config, parsed: argparse.Namespace) -> int:
    """Replace this device's key by a new one, while the agent does not run."""
    with only_agent(_folder(config)):
        storage = FileStorage(config.state_path)
        fingerprint = rotate_key(
            storage=storage,
            wire=_wire(config),
            clock=SystemClock(),
            enrolment=load_enrolment(storage),
        )
    print(f"The new key has the fingerprint {fingerprint}.")
    return EXIT_DONE


def _agent(config: Config, storage: FileStorage) -> Agent:
    enrolment = load_enrolment(storage)
    wire, clock = _wire(config), SystemClock()
    session = DeviceSession(
        wire,
        clock,
        server_url=enrolment.poll_url,
        controller_id=enrolment.controller_id,
        key=device_key(storage),
        next_key=next_key(storage),
        settle=partial(settle_key, storage),
    )
    client = DeviceClient(wire, session, clock, poll_url=enrolment.poll_url)
    prover = ChildProver(storage.root, deadline_seconds=config.prove_seconds)
    repository = ChildRepository(storage, ca_file=config.ca_file)
    return Agent(storage, client, enrolment, prover, repository, clock, config)


@contextmanager
def _children(config: Config, storage: Storage, agent: Agent) -> Iterator["Gateway | None"]:
    """The children of this device, where it is a gateway; they end with the context."""
    if not config.children:
        yield None
        return
    # Only a gateway has the packages that this wants.
    from device_agent.gateway.opening import open_gateway  # noqa: PLC0415

    try:
        folder = FileStorage(config.state_path / "children")
        repository = ChildRepository(folder, ca_file=config.ca_file)
        identity = agent.enrolment, device_key(storage)
        gateway = open_gateway(config, folder, identity, repository, lambda: _wire(config))
    except StorageUnusable as error:  # the device's own model runs on
        log.warning("The children cannot be spoken for: %s", error)
        yield None
        return
    try:
        yield gateway
    finally:
        gateway.stop()


def _root(path: Path | None) -> bytes:
    if path is None:
        return b""
    try:
        with path.open("rb") as file:
            root = file.read(ROOT_LIMIT + 1)
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}.") from error
    if not 0 < len(root) <= ROOT_LIMIT:
        raise Misconfigured(f"{path} is not the root of an update repository.")
    return root


def _wire(config: Config) -> UrllibWire:
    return UrllibWire(ca_file=config.ca_file or None)


def _folder(config: Config) -> Path:
    if not config.state_path.is_dir():
        raise NotEnrolled(f"There is no state folder {config.state_dir}; enrol this device first.")
    return config.state_path


def _settings(parsed: argparse.Namespace) -> Config:
    named = {
        name: value
        for name in ("server_url", "state_dir", "controller_id", "target", "feed")
        if (value := getattr(parsed, name, None)) is not None
    }
    return replace(load_config(parsed.config), **named)


def _ended(error: AgentError, code: int) -> int:
    print(f"edgefleet-agent: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="edgefleet-agent", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--config", help="JSON file of settings")
    parser.add_argument("--state-dir", help="where everything that must last is kept")
    parser.add_argument("--verbose", action="store_true")
    commands = parser.add_subparsers(required=True, metavar="enrol|run|once|status|key|rotate-key")
    joining = _command(commands, "enrol", enrol)
    joining.add_argument("code", nargs="?", default="", help="none if the key is registered")
    joining.add_argument("--new-key", action="store_true", help="after the old one was revoked")
    joining.add_argument("--server", dest="server_url", help="address of the service")
    joining.add_argument("--controller-id", help="name of this device")
    joining.add_argument("--target", help="what the models are compiled for")
    joining.add_argument("--root", type=Path, help="root.json that came with the device")
    running = _command(commands, "run", run)
    running.add_argument("--feed", help="module:factory that gives the model its inputs")
    _command(commands, "once", once)
    _command(commands, "status", show).add_argument("--json", action="store_true")
    _command(commands, "key", key)
    _command(commands, "rotate-key", rotate)
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    function: Callable[[Config, argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=(function.__doc__ or "").partition("\n")[0])
    parser.set_defaults(command=function)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
