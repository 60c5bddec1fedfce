"""Where the service is and which token opens it: the environment first, then the file that `login`
wrote.

Guarantees: the file is readable by its owner only, from the moment it exists.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from fleet.cli.errors import RequestRefused

URL_VARIABLE: Final = "EDGEFLEET_URL"
TOKEN_VARIABLE: Final = "EDGEFLEET_TOKEN"  # noqa: S105 - the name of a variable
FILE_VARIABLE: Final = "EDGEFLEET_CONFIG"
FILE_MODE: Final = 0o600
FILE_MAX_BYTES: Final = 64 * 1024
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class SavedLogin:
    """One service and the token for it; the token is never part of a printed representation."""

    url: str
    token: str = field(repr=False)

    def sends_token_in_the_clear(self) -> bool:
        """Tell whether anybody on the way could read the token."""
        parts = urlsplit(self.url)
        return parts.scheme == "http" and parts.hostname not in LOOPBACK


def config_path(environment: Mapping[str, str]) -> Path:
    """Return the file that `login` writes."""
    if given := environment.get(FILE_VARIABLE):
        return Path(given)
    base = environment.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "edgefleet" / "config.json"


def load(environment: Mapping[str, str]) -> SavedLogin:
    """Return the login in force. Raises RequestRefused when there is none."""
    stored = _stored(config_path(environment))
    url = environment.get(URL_VARIABLE) or stored.get("url", "")
    token = environment.get(TOKEN_VARIABLE)
    if token is None and url.rstrip("/") == stored.get("url"):
        # A stored token belongs to the stored service: another one must not get to see it.
        token = stored.get("token")
    if not url or not token:
        raise RequestRefused(
            f"Not signed in: run `edgefleet login URL`, or set {URL_VARIABLE} and {TOKEN_VARIABLE}."
        )
    return SavedLogin(checked_url(url), token)


def save(login: SavedLogin, environment: Mapping[str, str]) -> Path:
    """Write the login for later commands and return the file."""
    path = config_path(environment)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    whole = path.with_name(f"{path.name}.{os.getpid()}")
    whole.unlink(missing_ok=True)
    descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(login), file)
    whole.replace(path)
    return path


def forget(environment: Mapping[str, str]) -> bool:
    """Remove the stored login; False when there was none."""
    path = config_path(environment)
    known = path.exists()
    path.unlink(missing_ok=True)
    return known


def checked_url(url: str) -> str:
    """Return the service's address without a slash at its end, or raise RequestRefused."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RequestRefused(
            f"{url!r} is not the address of a service: it starts with https:// or http://."
        )
    if parts.username or parts.query or parts.fragment:
        raise RequestRefused("The service's address has no user, query or fragment.")
    return url.rstrip("/")


def _stored(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_bytes()[:FILE_MAX_BYTES])
        return {"url": str(found["url"]), "token": str(found["token"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RequestRefused(
            f"{path} cannot be read as a login: run `edgefleet login URL` again."
        ) from error
