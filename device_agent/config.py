"""The agent's settings: a JSON file, then ``EDGEFLEET_AGENT_*`` from the environment.

Every limit has a unit in its name and a default that suits a small device.
"""

import json
import os
import platform
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from device_agent.errors import Misconfigured

PREFIX = "EDGEFLEET_AGENT_"
FILE_VARIABLE = PREFIX + "CONFIG"
NUMBER_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Config:
    """What a device is told at installation."""

    server_url: str = ""
    state_dir: str = "/var/lib/edgefleet-agent"
    runtime_dir: str = "/run/edgefleet-agent"  # for what may be lost; used if it exists
    controller_id: str = field(default_factory=socket.gethostname)
    target: str = field(default_factory=lambda: f"linux-{platform.machine()}")
    attributes: Mapping[str, str] = field(default_factory=dict)
    ca_file: str = ""
    feed: str = ""  # module:factory that gives the model its inputs
    feed_options: Mapping[str, object] = field(default_factory=dict)  # for the factory alone
    poll_seconds: float = 0.0  # 0 = as the service says
    window_seconds: float = 0.0  # 0 = as the telemetry schema says
    idle_seconds: float = 0.05  # wait when the feed has nothing
    prove_seconds: float = 60.0  # deadline of the golden vectors
    trial_inferences: int = 20  # good inferences that end a trial
    trial_seconds: float = 120.0  # after which a trial without error, or without input, ends
    trial_errors: int = 0  # failed inferences that a trial forgives
    hold_file: str = ""  # while this file exists, no update is begun or switched to
    spool_bytes: int = 1024 * 1024
    capture_key: str = ""  # the fleet's key, in hex, for which inputs may be captured; none: never
    children: Sequence[object] = ()  # microcontrollers behind this device: `gateway.settings`
    children_at_once: int = 2  # that are visited, and updated, at the same time
    child_seconds: float = 0.0  # between two visits of a child; 0 = as the service says
    log_format: str = "text"  # a line of the log: text (key=value) or json

    @property
    def state_path(self) -> Path:
        """The state folder."""
        return Path(self.state_dir)


def load_config(file: str | None = None, environment: Mapping[str, str] = os.environ) -> Config:
    """Return the settings; ``Misconfigured`` names the one that is wrong."""
    path = file or environment.get(FILE_VARIABLE)
    values = _from_file(Path(path)) if path else {}
    values |= _from_environment(environment)
    known = {entry.name for entry in fields(Config)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise Misconfigured(f"Unknown setting '{unknown[0]}'.")
    defaults = Config()
    checked = {
        name: _checked(name, value, getattr(defaults, name)) for name, value in values.items()
    }
    return Config(**checked)  # type: ignore[arg-type]


def _from_file(path: Path) -> dict[str, object]:
    try:
        values = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Misconfigured(f"The settings file {path} cannot be read: {error}.") from error
    if not isinstance(values, dict):
        raise Misconfigured(f"The settings file {path} must hold a JSON object.")
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and name != FILE_VARIABLE
    }


def _checked(name: str, value: object, default: object) -> object:
    if isinstance(default, Mapping):
        return _object(name, value)
    if isinstance(default, tuple):
        return _listed(name, value)
    if isinstance(default, int | float):
        return _number(name, value, type(default))
    return str(value)


def _object(name: str, value: object) -> dict[str, object]:
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Misconfigured(f"The setting '{name}' must be a JSON object.")
    return found


def _listed(name: str, value: object) -> tuple[object, ...]:
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise Misconfigured(f"The setting '{name}' must be a JSON list.")
    return tuple(found)


def _number(name: str, value: object, kind: type[int] | type[float]) -> float:
    try:
        number = kind(str(value))
    except ValueError:
        number = -1
    if not 0 <= number <= NUMBER_MAX:
        raise Misconfigured(f"The setting '{name}' must be a number from 0, not '{value}'.")
    return number
