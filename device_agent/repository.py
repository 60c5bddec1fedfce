"""What the TUF repository says of an artifact, asked in a process of its own.

python-tuf costs 16 MB of memory: a device pays them while it looks something up, not at rest.
The child verifies the whole chain from the root that was embedded at enrolment; nothing that it
could not verify comes back.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from device_agent import durable
from device_agent.errors import StorageUnusable, Unreachable, Unverified
from device_agent.protocol import fields
from device_agent.protocol.canonical import parse_json
from device_agent.protocol.errors import ProtocolError
from device_agent.storage import FileStorage

FOLDER = "tuf"
# Not *.json: what ends so in the metadata folder is a role that the client believes.
EMBEDDED = "root.embedded"
ANSWER_LIMIT = 64 * 1024  # bytes
REASON_LIMIT = 300  # characters
DEADLINE_SECONDS = 300.0
ROOT_LIMIT = 1024 * 1024  # bytes

EXIT_FOUND, EXIT_REFUSED, EXIT_UNREACHABLE, EXIT_STORAGE = 0, 1, 4, 5


@dataclass(frozen=True, slots=True)
class Described:
    """A target of the repository, verified."""

    sha256: str
    length: int
    counter: int
    target: str
    abi: str
    kind: str
    model: str
    version: str


class Repository(Protocol):
    """Where artifacts are described, apart from the service that hands them out."""

    def describe(self, url: str, path: str, *, root: bytes, now: float) -> Described:
        """What is signed about ``path``; ``Unverified`` if nothing sound is."""
        ...


class ChildRepository:
    """Asks ``python -m device_agent.tuf_client``."""

    def __init__(self, storage: FileStorage, *, ca_file: str = "") -> None:
        self._storage, self._ca_file = storage, ca_file

    def describe(self, url: str, path: str, *, root: bytes, now: float) -> Described:
        """See ``Repository``."""
        self._embed(root)
        place = self._storage.root / FOLDER
        options = ["--metadata-dir", str(place), "--metadata-url", f"{url.rstrip('/')}/metadata/"]
        wanted = ["--target-name", path, "--now", str(int(now)), "lookup"]
        command = [sys.executable, "-m", "device_agent.tuf_client", *options, *wanted]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=DEADLINE_SECONDS,
                env=self._environment(),
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Unreachable("The repository took too long.") from error
        return _answer(done)

    def _embed(self, root: bytes) -> None:
        path = f"{FOLDER}/{EMBEDDED}"
        if self._storage.read(path, limit=ROOT_LIMIT) != root:
            self._storage.make_folder(FOLDER)
            self._storage.sync_folder("")
            durable.replace(self._storage, path, root)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("LD_PRELOAD", "FAKETIME") if name in os.environ}
        if self._ca_file:
            kept["SSL_CERT_FILE"] = self._ca_file
        return {**kept, "PYTHONPATH": str(Path(__file__).parent.parent)}


def parse_described(value: object) -> Described:
    """The answer of the child."""
    data = fields.members(value, "The repository's answer")
    custom = fields.child(data, "custom")
    texts = ("target", "abi", "kind", "model", "version")
    return Described(
        sha256=fields.digest(data, "sha256"),
        length=fields.integer(data, "length", low=1),
        counter=fields.integer(custom, "counter"),
        **{name: fields.text(custom, name) for name in texts},
    )


def _answer(done: "subprocess.CompletedProcess[bytes]") -> Described:
    said = done.stderr.decode("utf-8", "replace").strip()[-REASON_LIMIT:]
    if done.returncode == EXIT_UNREACHABLE:
        raise Unreachable(f"The repository did not answer: {said}")
    if done.returncode == EXIT_STORAGE:
        raise StorageUnusable(f"The repository's metadata cannot be kept: {said}")
    if done.returncode != EXIT_FOUND:
        raise Unverified(f"The repository is not to be trusted: {said}")
    try:
        value = parse_json(done.stdout, limit_bytes=ANSWER_LIMIT, what="The repository's answer")
        return parse_described(value)
    except ProtocolError as error:
        raise Unverified(f"The repository describes the artifact badly: {error}") from error
