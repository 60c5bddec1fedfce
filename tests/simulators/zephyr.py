"""Real Zephyr devices: programs and images that come with the client library's source archive.

The archive is another project's: it is downloaded from the package index by its hash when tests
want it, kept in the user's cache, and never committed.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import PATIENCE_SECONDS

NAME, VERSION = "smpclient", "7.3.0"
SHA256 = "86aa4bc1c621805d97f449793a4077f049aa88a98a1e916bf59423d072bd2a3b"
INSIDE = f"{NAME}-{VERSION}/tests/fixtures/smp-server/"
DOWNLOAD_SECONDS = 240
START_SECONDS = 3.0  # in which a board says that it starts, if it ever does
QEMU = "qemu-system-arm"
LOADER = Path("/lib/ld-linux.so.2")  # of the 32-bit programs; Debian's libc6-i386
APPLICATION = re.compile(r" -device loader,file=\S+\.signed\.bin,addr=\w+")
PTY = re.compile(rb"connected to pseudotty: (\S+)")


@dataclass(frozen=True)
class Described:
    """One device, as the archive's manifest describes it."""

    artifact: str
    buf_size: int
    transport: str
    qemu_cmd: str | None
    run: str | None

    @property
    def short(self) -> str:
        return self.artifact.partition("smp_server_")[2].partition("_")[2].rpartition(".")[0]


def folder() -> Path:
    """Where the devices are; skips by name where the archive is not to be had."""
    place = _place()
    if place is None:
        pytest.skip(f"the source archive of {NAME} {VERSION} is not to be had here")
    return place


@cache
def _place() -> Path | None:
    """Asked for once, also where it is not to be had: each try waits for the index."""
    place = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "edgefleet-tests"
    place = place / SHA256[:16]
    if not (place / "manifest.json").exists():
        archive = _archive(place)
        if archive is None:
            return None
        _unpack(archive, place)
    return place


def _archive(place: Path) -> Path | None:
    archive = place.with_suffix(".tar.gz")
    if not archive.exists() or not _right(archive):
        archive.parent.mkdir(parents=True, exist_ok=True)
        wanted = archive.with_suffix(".txt")
        wanted.write_text(f"{NAME}=={VERSION} --hash=sha256:{SHA256}\n")
        made = archive.with_suffix(".new")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary"]
        command += [NAME, "--require-hashes", "-r", str(wanted)]
        subprocess.run(
            [*command, "--dest", str(made)],
            capture_output=True,
            timeout=DOWNLOAD_SECONDS,
            check=False,
        )
        found = next(made.glob("*.tar.gz"), None) if made.is_dir() else None
        if found is None or not _right(found):
            return None
        found.replace(archive)
        shutil.rmtree(made)
        wanted.unlink()
    return archive


def _right(archive: Path) -> bool:
    return hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256


def _unpack(archive: Path, place: Path) -> None:
    aside = place.with_suffix(f".{os.getpid()}")
    aside.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as opened:
        for member in opened.getmembers():
            if member.isfile() and member.name.startswith(INSIDE):
                source = opened.extractfile(member)
                assert source is not None
                path = aside / Path(member.name).name
                path.write_bytes(source.read())
                path.chmod(0o755)
    try:
        aside.replace(place)
    except OSError:  # another worker was faster
        shutil.rmtree(aside)


def described(short: str) -> Described:
    """The device of this name."""
    listed: list[dict[str, Any]] = json.loads((folder() / "manifest.json").read_text())
    for entry in listed:
        found = Described(**{name: entry[name] for name in Described.__dataclass_fields__})
        if found.short == short:
            return found
    raise AssertionError(short)


@contextmanager
def native(short: str) -> Iterator[tuple[Described, str]]:
    """A program of `native_sim` that runs; with its pseudo-terminal, or where it listens."""
    device = described(short)
    if not LOADER.exists():
        pytest.skip("the 32-bit C library is not installed (libc6-i386, lib32gcc-s1)")
    program = folder() / device.artifact
    process = subprocess.Popen([str(program)], cwd=folder(), stdout=subprocess.PIPE)
    try:
        yield device, _address(process, device)
    finally:
        process.kill()
        process.communicate()


def _address(process: "subprocess.Popen[bytes]", device: Described) -> str:
    assert process.stdout is not None
    said = b""
    for line in process.stdout:
        said += line
        if b"Booting Zephyr" in said and (found := PTY.search(said)):
            return found[1].decode() if device.transport != "udp" else "127.0.0.1"
    raise AssertionError(f"{device.artifact} ended: {said!r}")


@contextmanager
def emulated(short: str, *, application: bool = True) -> Iterator[tuple[Described, str]]:
    """A board in QEMU, with its serial line as a socket; perhaps with nothing but its boot loader.

    What QEMU loads, it loads again at each reset, so an update lasts only where it loaded nothing.
    """
    if shutil.which(QEMU) is None:
        pytest.skip(f"{QEMU} is not installed")
    device = described(short)
    assert device.qemu_cmd is not None
    port = _free_port()
    command = device.qemu_cmd.replace("<PORT>", str(port))
    if not application:
        command = APPLICATION.sub("", command)
    process = subprocess.Popen(
        command.split(), cwd=folder(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield device, f"socket://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def signed_image(short: str) -> bytes:
    """The image that a board boots."""
    return (folder() / described(short).artifact.replace(".hex", ".signed.bin")).read_bytes()


def _hear_it_start(line: socket.socket) -> None:
    """Some emulated lines never recover from a byte that comes before their driver is there."""
    line.settimeout(START_SECONDS)
    heard = b""
    with contextlib.suppress(TimeoutError):
        while b"Booting Zephyr" not in heard and (more := line.recv(4096)):
            heard += more


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
                _hear_it_start(line)
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("QEMU does not open its line.")
