"""Service, command line and agent, each installed into an empty environment of its own, do what the
README shows: from a model file to a device that runs it.

What a reader replaces is replaced: the address, the token and the one-time code. Nothing else.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import pytest

from fleet.demo.service import PACE, host_target
from tests.builds.compiler.networks import Net
from tests.builds.compiler.operators.filters.fully_connected import add_dense
from tests.packaging.conftest import Built
from tests.packaging.environment import Environment
from tests.packaging.readme import blocks
from tests.ports import free_port
from tests.waiting import until

ADDRESS: Final = "127.0.0.1:8000"  # as the README writes them
TOKEN: Final = "ef_pat_..."
CODE: Final = "ONE-TIME-CODE"
TARGET: Final = "linux-x86_64"
CLI_MAX_BYTES: Final = 20 * 10**6

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.toolchain,
    pytest.mark.xdist_group("packaging"),
    pytest.mark.only_where(host_target() == TARGET, "the README's device is an x86-64 machine"),
]


@dataclass
class Reader:
    """A person who types the README's lines, and what they know by now."""

    built: Built
    folder: Path
    stack: ExitStack
    known: dict[str, str] = field(default_factory=dict)

    def machine(self, name: str, **variables: str) -> Environment:
        """A new machine with an empty environment."""
        (self.folder / name).mkdir()
        return Environment(self.folder / name, variables)

    def types(self, machine: Environment, lines: list[str]) -> None:
        """Type lines one after another; what serves or runs goes on beside."""
        for written in lines:
            line = self.meant(written)
            words = line.split()
            if words[:2] == ["pip", "install"]:
                machine.install(self.built.wheel(words[2]))
            elif words[0] == "export":
                machine.variables |= dict(word.split("=", 1) for word in words[1:])
            elif words[-1] in ("up", "run"):
                self.begins(machine, line)
            else:
                self.reads(machine.run(line).stdout)

    def meant(self, line: str) -> str:
        """The line with what a reader replaces."""
        for written, known in self.known.items():
            line = line.replace(written, known)
        return line

    def begins(self, machine: Environment, line: str) -> None:
        """Start what does not end, and wait until the service serves."""
        log = machine.folder / "log"
        if not line.endswith(" up"):
            self.stack.enter_context(machine.running(line, log))
            return
        address = self.known[ADDRESS]
        process = self.stack.enter_context(machine.running(f"{line} --bind {address}", log))
        until(lambda: ready(address), "the service is ready", process=process, log=log)

    def reads(self, output: str) -> None:
        """Take note of a token or a code that is shown."""
        if token := re.search(r"ef_pat_\S+", output):
            self.known[TOKEN] = token[0]
        if code := re.search(r"^code\s+(\S+)", output, re.MULTILINE | re.IGNORECASE):
            self.known[CODE] = code[1]


def ready(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/readyz", timeout=60).is_success
    except httpx.TransportError:
        return False


def digits() -> bytes:
    """A small int8 network."""
    net = Net(7)
    add_dense(net, rows=1, inputs=64, outputs=10)
    return net.build()


@pytest.fixture
def reader(built: Built, tmp_path: Path) -> Iterator[Reader]:
    with ExitStack() as stack:
        yield Reader(built, tmp_path, stack, {ADDRESS: f"127.0.0.1:{free_port()}"})


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_service_command_line_and_agent_do_what_the_readme_shows(reader: Reader) -> None:
    on_service, at_work, on_device, back_at_work, compiling = blocks("Using it")
    url = f"http://{reader.known[ADDRESS]}"
    service = reader.machine(
        "service", EDGEFLEET_PUBLIC_URL=url, EDGEFLEET_BUILD_VECTORS="2", **PACE
    )
    reader.types(service, on_service)
    assert (service.folder / "var" / "db.sqlite3").is_file()

    people = reader.machine("people")
    (people.folder / "digits.tflite").write_bytes(digits())
    reader.types(people, at_work)

    quick = {"POLL_SECONDS": "1", "TRIAL_SECONDS": "1", "RUNTIME_DIR": "now", "STATE_DIR": "state"}
    device = reader.machine("device", **{f"EDGEFLEET_AGENT_{k}": v for k, v in quick.items()})
    reader.types(device, on_device)

    reader.types(people, back_at_work)
    told = people.run("edgefleet device list").stdout
    assert "1.0" in told, told
    assert "1.0" in device.run("edgefleet-agent status").stdout

    (service.folder / "digits.tflite").write_bytes(digits())
    reader.types(service, compiling)
    assert (service.folder / "compiled" / "model.cc").is_file()
    assert (service.folder / "digits.zip").is_file()


def test_the_command_line_is_small_and_brings_no_service(built: Built, tmp_path: Path) -> None:
    alone = Environment(tmp_path)
    alone.install(built.wheel("./fleet/cli"), "--compile-bytecode")
    size = size_of(alone.packages)
    assert size <= CLI_MAX_BYTES, f"{size:,} bytes"
    names = {path.name.lower() for path in alone.packages.iterdir()}
    assert not names & {"django", "celery", "scipy", "numpy", "ziglang", "tflite_micro", "builds"}
    assert [path.name for path in (alone.packages / "fleet").iterdir()] == ["cli"]
