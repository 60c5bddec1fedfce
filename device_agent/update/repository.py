"""What the TUF repository says of an artifact and of keys, asked in a process of its own.

python-tuf costs 16 MB of memory: a device pays them while it looks something up, not at rest.
The child verifies the whole chain from the root that was embedded at enrolment; nothing that it
could not verify comes back.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from device_agent.errors import ServiceUnreachable, StorageUnusable, Unverified
from device_agent.protocol import fields, keyset
from device_agent.protocol.canonical import parse_json
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.keyset import KeySet
from device_agent.storage import durable
from device_agent.storage.port import FileStorage

FOLDER = "tuf"
# Not *.json: what ends so in the metadata folder is a role that the client believes.
EMBEDDED = "root.embedded"
ANSWER_LIMIT = 64 * 1024  # bytes
REASON_LIMIT = 300  # characters
DEADLINE_SECONDS = 300.0
ROOT_LIMIT = 1024 * 1024  # bytes

EXIT_FOUND, EXIT_REFUSED, EXIT_UNREACHABLE, EXIT_STORAGE = 0, 1, 4, 5


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """A target of the repository, verified."""

    sha256: str
    length: int
    counter: int
    target: str
    abi: str
    kind: str
    model: str
    version: str


@dataclass(frozen=True, slots=True)
class LookupResult:
    """One view of the repository: an artifact, if one was asked for, and whose word counts now.

    A service that is older than this agent names no keys.
    """

    artifact: TargetInfo | None
    keys: KeySet | None


class Repository(Protocol):
    """Where artifacts are described, apart from the service that hands them out."""

    def look_up(self, url: str, path: str, *, root: bytes, now: float) -> LookupResult:
        """Return what is signed about ``path``, if it is not empty; ``Unverified`` if nothing sound
        is.
        """
        ...


class ChildRepository:
    """Asks ``python -m device_agent.tuf_client``."""

    def __init__(self, storage: FileStorage, *, ca_file: str = "") -> None:
        self._storage, self._ca_file = storage, ca_file

    def look_up(self, url: str, path: str, *, root: bytes, now: float) -> LookupResult:
        """See ``Repository``."""
        self._embed(root)
        place = self._storage.root / FOLDER
        options = ["--metadata-dir", str(place), "--metadata-url", f"{url.rstrip('/')}/metadata/"]
        for name in names_of(path):
            options += ["--target-name", name]
        wanted = ["--now", str(int(now)), "lookup"]
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
            raise ServiceUnreachable("The repository took too long.") from error
        except (OSError, ValueError) as error:  # no memory for it, or an address that is none
            raise ServiceUnreachable(f"The repository could not be asked: {error}.") from error
        return _answer(path, done)

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
        return {**kept, "PYTHONPATH": str(Path(__file__).parents[2])}


def names_of(path: str) -> list[str]:
    """Return the targets to look up for an artifact: the set of keys comes first."""
    return [keyset.PATH, path] if path else [keyset.PATH]


def lookup_result_of(path: str, answers: Sequence[object]) -> LookupResult:
    """Return the client's answers to ``names_of(path)``, read; ``Unverified`` if they are not
    answers.
    """
    try:
        keys, *rest = answers
        if path and rest == [None]:
            raise Unverified(f"No role signs a target named '{path}'.")
        return LookupResult(
            artifact=parse_target_info(rest[0]) if path else None,
            keys=parse_keys(keys) if keys is not None else None,
        )
    except (ProtocolError, ValueError, IndexError) as error:
        raise Unverified(f"The repository describes the artifact badly: {error}") from error


def parse_keys(value: object) -> KeySet:
    """Return the set of keys in the answer of the child."""
    return keyset.parse_key_set(fields.members(value, "The repository's answer").get("custom"))


def parse_target_info(value: object) -> TargetInfo:
    """Return the answer of the child."""
    data = fields.members(value, "The repository's answer")
    custom = fields.child(data, "custom")
    texts = ("target", "abi", "kind", "model", "version")
    return TargetInfo(
        sha256=fields.digest(data, "sha256"),
        length=fields.integer(data, "length", low=1),
        counter=fields.integer(custom, "counter"),
        **{name: fields.text(custom, name) for name in texts},
    )


def _answer(path: str, done: "subprocess.CompletedProcess[bytes]") -> LookupResult:
    said = done.stderr.decode("utf-8", "replace").strip()[-REASON_LIMIT:]
    if done.returncode == EXIT_UNREACHABLE:
        raise ServiceUnreachable(f"The repository did not answer: {said}")
    if done.returncode == EXIT_STORAGE:
        raise StorageUnusable(f"The repository's metadata cannot be kept: {said}")
    if done.returncode != EXIT_FOUND:
        raise Unverified(f"The repository is not to be trusted: {said}")
    return lookup_result_of(path, _lines(done.stdout))


def _lines(output: bytes) -> list[object]:
    what = "The repository's answer"
    try:
        lines = output[: ANSWER_LIMIT + 1].splitlines()
        return [parse_json(line, limit_bytes=ANSWER_LIMIT, what=what) for line in lines]
    except ProtocolError as error:
        raise Unverified(f"The repository describes the artifact badly: {error}") from error
