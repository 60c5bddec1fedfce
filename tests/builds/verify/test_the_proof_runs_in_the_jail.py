"""What reads a stranger's bytes, or runs code made from them, is jailed: compilers, linkers, the
interpreter, the shared object, the emulators. A stand-in for an engine tries to get out.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from builds.export.arena import measure_arena
from builds.targets import load_target
from builds.toolchain import build_library
from builds.toolchain.run import Folders, run
from builds.verify import child as child_module
from builds.verify import golden_inputs, prove
from builds.verify.child import run_engine
from fleet.lib.jail import jail_mode
from tests.builds.toolchain.sources import model
from tests.builds.verify.subjects import BYTES16

pytestmark = pytest.mark.only_where(
    jail_mode().whole, reason="this machine has neither user namespaces nor Landlock"
)
HELLO = Path(__file__).parents[4] / "shared" / "models" / "hello_world_int8.tflite"
INPUTS = golden_inputs(BYTES16, vectors=1)
STAND_IN = """
import json, os, socket, sys
folder, keys, port = sys.argv[1], KEYS, PORT
told = {}
def attempt(name, what):
    try:
        told[name] = str(what())
    except Exception as error:
        told[name] = 'refused'
attempt('keys', lambda: open(keys + '/director.pem').read())
attempt('names', lambda: os.listdir(keys))
attempt('plant', lambda: open(keys + '/planted', 'w'))
attempt('socket', lambda: socket.create_connection(('127.0.0.1', port), timeout=2))
attempt('daemon', lambda: os.fork())
attempt('environment', lambda: open(f'/proc/{PARENT}/environ').read())
attempt('secret', lambda: os.environ['SECRET_KEY'])
open('outputs.bin', 'wb').write(bytes(BYTES))
json.dump(told, open('answer.json', 'w'))
"""
REFUSED = dict.fromkeys(
    ("keys", "names", "plant", "socket", "daemon", "environment", "secret"), "refused"
)


def stand_in(keys: Path, port: int, outputs: int) -> str:
    facts = {"KEYS": repr(str(keys)), "PORT": port, "PARENT": os.getpid(), "BYTES": outputs}
    return "".join(f"{name} = {value}\n" for name, value in facts.items()) + STAND_IN


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "director.pem").write_text("private")
    return folder


def test_an_engine_reads_no_key_makes_no_socket_and_leaves_no_daemon(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    monkeypatch.setattr(child_module, "CHILDREN", scripts)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (scripts / "odd.py").write_text(stand_in(keys, port, sum(BYTES16.output_bytes)))
        answer = run_engine("odd", BYTES16, INPUTS, files={}, options={}, deadline_seconds=60)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert answer.facts == REFUSED
    assert [path.name for path in keys.iterdir()] == ["director.pem"]


def test_a_compiler_reads_no_key_and_makes_no_socket(tmp_path: Path, keys: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = stand_in(keys, server.getsockname()[1], 1)
        run([sys.executable, "-I", "-c", code, str(work)], cwd=work, deadline_seconds=60)
    told = json.loads((work / "answer.json").read_text())
    # It may start others, as compilers do; none is left, as another test says.
    assert told.pop("daemon") != "refused"
    assert told == {name: "refused" for name in REFUSED if name != "daemon"}


def test_a_compiler_sees_the_folders_that_are_named(tmp_path: Path) -> None:
    for name in ("read", "write", "work"):
        (tmp_path / name).mkdir()
    (tmp_path / "read" / "source").write_text("text")
    code = """
import sys
open(sys.argv[2] + '/made', 'w').write(open(sys.argv[1] + '/source').read())
open(sys.argv[1] + '/source', 'w')
"""
    folders = Folders(readable=[tmp_path / "read"], writable=[tmp_path / "write"])
    places = [str(tmp_path / name) for name in ("read", "write")]
    argv = [sys.executable, "-I", "-c", code, *places]
    done = run(argv, cwd=tmp_path / "work", deadline_seconds=60, folders=folders)
    assert (tmp_path / "write" / "made").read_text() == "text"
    assert (tmp_path / "read" / "source").read_text() == "text"
    assert done.returncode == 1


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of all processes that this process starts."""
    commands: list[list[str]] = []
    popen = subprocess.Popen.__init__

    def recorded(self: Any, args: Any, *rest: Any, **options: Any) -> None:
        commands.append([str(word) for word in args])
        popen(self, args, *rest, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", recorded)
    return commands


def jailed(command: list[str]) -> bool:
    return "fleet.lib.confine.launcher" in command


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.skipif(not HELLO.exists(), reason="the shared models are not beside the project")
@pytest.mark.parametrize("target", ["cortex-m4f", "rv32imc", "wasm32"])
def test_every_process_of_a_build_is_jailed(
    target: str, tmp_path: Path, started: list[list[str]]
) -> None:
    from builds.compiler import compile_model

    chip, data = load_target(target), HELLO.read_bytes()
    compiled = compile_model(data, chip)
    build_library(compiled.files, chip, tmp_path / "library", cflags=compiled.cflags)
    prove(data, compiled, chip, vectors=2, workdir=tmp_path / "proof", steps=compiled.step_names)
    measure_arena(data)
    assert len(started) > 8
    assert [command for command in started if not jailed(command)] == []


@pytest.mark.toolchain
def test_what_a_compiler_leaves_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A compiler that was taken over leaves a link to a file of ours instead of a library."""
    from builds.toolchain import ToolFailed, libraries

    secret = tmp_path / "secret"
    secret.write_text("private")
    monkeypatch.setattr(libraries, "archive", lambda objects, out: out.symlink_to(secret))
    with pytest.raises(ToolFailed, match="was not made"):
        build_library({"model.cc": model()}, load_target("rv32imc"), tmp_path / "out")
    assert not (tmp_path / "out" / "libmodel.a").exists()
