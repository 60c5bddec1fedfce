"""The child that reads a stranger's model was taken over by it: what it asks, says and leaves gives
it nothing, and ends in one sentence.
"""

import os
import signal
import socket
from pathlib import Path

import pytest

from builds.jailed import serving
from builds.jailed.errors import ChildCrashed, ChildLost, ChildStopped
from builds.jailed.running import ChildLimits
from fleet.lib import below, jail
from fleet.lib.confine import landlock
from fleet.lib.jail import Mode, jail_mode
from tests.builds.jailed.hostile import result_of

SECRET = "hunter2-of-the-worker"
MODES = [
    pytest.param(
        Mode.NAMESPACES,
        marks=pytest.mark.only_where(
            jail_mode() is Mode.NAMESPACES, reason="this machine forbids user namespaces"
        ),
    ),
    pytest.param(
        Mode.LANDLOCK,
        marks=pytest.mark.only_where(landlock.version() > 0, reason="this kernel has no Landlock"),
    ),
]
pytestmark = pytest.mark.toolchain
TRIALS = {
    "the environment": "open(f'/proc/{PARENT}/environ').read()",
    "the worker's folder": "os.listdir(SECRETS)",
    "a file of the worker": "open(SECRETS + '/key').read()",
    "a plant": "open(SECRETS + '/planted', 'w')",
    "a link in its answers": "os.symlink(SECRETS, answers + '/link')",
    "an answer of its own": "open(answers + '/answer.json', 'w')",
    "a process": "os.fork()",
    "a socket": "__import__('socket').create_connection(('127.0.0.1', PORT), timeout=2)",
    "a signal": "os.kill(PARENT, 15)",
    "its project": "os.listdir(PROJECT)",
}
TRY = """
told = {}
for name, trial in TRIALS.items():
    try:
        told[name] = str(eval(trial))
    except OSError:
        told[name] = "refused"
end(told=told)
"""


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Mode:
    """Each way in which a jail is whole."""
    found: Mode = request.param
    for module in ("fleet.lib.jail", "builds.toolchain.run"):
        monkeypatch.setattr(f"{module}.jail_mode", lambda: found)
    return found


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "key").write_text(SECRET)
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.mark.usefixtures("mode")
def test_it_sees_and_reaches_nothing(
    monkeypatch: pytest.MonkeyPatch, work: Path, secrets: Path
) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET)
    with socket.create_server(("127.0.0.1", 0)) as server:
        facts = {
            "PARENT": os.getpid(),
            "SECRETS": str(secrets),
            "PORT": server.getsockname()[1],
            "PROJECT": str(jail.PROJECT_ROOT / "tests"),
            "TRIALS": TRIALS,
        }
        head = "".join(f"{name} = {value!r}\n" for name, value in facts.items())
        found = result_of(monkeypatch, work, head + TRY)["told"]
    assert found == dict.fromkeys(TRIALS, "refused")
    assert [path.name for path in secrets.iterdir()] == ["key"]


LINKED = """
os.symlink(SECRETS, "linked")
ask(arguments=["ar", "t", "x"], folder="linked")
"""
SWAPPED = """
import threading
os.mkdir("swapped"); os.mkdir("empty"); os.symlink(SECRETS, "link")
def swap():
    while True:
        for name in ("link", "empty"):
            os.rename("swapped", "kept"); os.rename(name, "swapped"); os.rename("kept", name)
threading.Thread(target=swap, daemon=True).start()
found = []
for _ in range(20):
    found += ask(arguments=["ar", "rcsD", "out.a", "key"], folder="swapped")["stdout"]
end(found=found)
"""
LINKED_FILE = """
os.mkdir("folder"); os.symlink(SECRETS + "/key", "folder/key")
answer = ask(arguments=["ar", "rcsD", "out.a", "key"], folder="folder")
end(answer=answer)
"""


@pytest.mark.usefixtures("mode")
@pytest.mark.parametrize("code", [LINKED, SWAPPED], ids=["linked", "swapped"])
def test_a_folder_that_is_a_link_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, work: Path, secrets: Path, code: str
) -> None:
    sent: list[str] = []
    real = below.copy_files

    def copied(folder: int, names: list[str], into: Path, bounds: below.Bounds) -> below.Bounds:
        sent.extend(names)
        return real(folder, names, into, bounds)

    monkeypatch.setattr(serving, "copy_files", copied)
    with pytest.raises(ChildLost, match=r"could not be taken|ended as"):
        result_of(monkeypatch, work, f"SECRETS = {str(secrets)!r}\n{code}\nsys.exit(9)")
    assert "key" not in sent


@pytest.mark.usefixtures("mode")
def test_a_file_that_is_a_link_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, work: Path, secrets: Path
) -> None:
    head = f"SECRETS = {str(secrets)!r}\n"
    answer = result_of(monkeypatch, work, head + LINKED_FILE)["answer"]
    assert answer["code"] != 0  # the archiver found no file
    assert answer["files"] == []


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ("tool='sh', arguments=['-c', 'id']", "There is no tool 'sh'"),
        ("tool='/bin/sh'", "There is no tool '/bin/sh'"),
        ("tool='python', script='jailed/child.py'", "There is no tool 'python'"),
        ("tool='python', script='../manage.py'", "There is no tool 'python'"),
        ("arguments=['run', 'x.zig']", "asked for what no child of ours needs"),
        ("arguments=[]", "asked for what no child of ours needs"),
        ("arguments=['c++', '-fplugin=./x.so']", "asked to load code"),
        ("arguments=['c++', '-Xclang', '-load']", "asked to load code"),
        ("arguments=['cc', '@file']", "asked to load code"),
        ("folder='../..'", "not below its own"),
        ("folder='/etc'", "not below its own"),
        ("folder=''", "not below its own"),
        ("reads=['a/./b']", "not below its own"),
        ("reads='abc'", "reads of an ask is not a list"),
        ("reads=['a'] * 17", "reads of an ask is not a list"),
        ("arguments=[1]", "arguments of an ask is not a text"),
        ("arguments=['a\\0b']", "arguments of an ask is not a text"),
        ("deadline_seconds=1e9", "deadline_seconds of an ask is not a number up to 600"),
        ("deadline_seconds=float('nan')", "deadline_seconds of an ask is not a number"),
        ("deadline_seconds=True", "deadline_seconds of an ask is not a number"),
        ("memory_bytes=2**60", "memory_bytes of an ask is not a number"),
        ("folder='absent'", "could not be taken"),
    ],
)
def test_what_no_child_of_ours_asks_ends_it(
    monkeypatch: pytest.MonkeyPatch, work: Path, wish: str, sentence: str
) -> None:
    with pytest.raises(ChildLost, match=sentence):
        result_of(monkeypatch, work, f"ask({wish})\nend()")
    assert list(work.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    ["''", "'['", "'[]'", "'[' * 5000", '\'{"tool": "zig"}\'', "'0' * (2 << 20)"],
    ids=range(6),
)
def test_an_ask_that_is_none_ends_it(
    monkeypatch: pytest.MonkeyPatch, work: Path, text: str
) -> None:
    code = f"with open('ask.json', 'w') as file: file.write({text})\nprint('ask')"
    with pytest.raises(ChildLost, match=r"of an ask|An ask is"):
        result_of(monkeypatch, work, code)


def test_one_that_asks_without_end_is_ended(monkeypatch: pytest.MonkeyPatch, work: Path) -> None:
    monkeypatch.setattr(serving, "ASKS_MAX", 3)
    with pytest.raises(ChildLost, match="more than 3 tools"):
        result_of(monkeypatch, work, "while True: ask()")


def test_more_files_than_a_tool_takes_end_it(monkeypatch: pytest.MonkeyPatch, work: Path) -> None:
    monkeypatch.setattr(serving, "FILES", 5)
    code = "os.mkdir('f')\nfor n in range(6): open(f'f/{n}', 'w')\nask(folder='f')"
    with pytest.raises(ChildLost, match="at most 5 are taken"):
        result_of(monkeypatch, work, code)


def test_larger_files_than_a_tool_takes_end_it(monkeypatch: pytest.MonkeyPatch, work: Path) -> None:
    monkeypatch.setattr(serving, "TOTAL_BYTES", 1000)
    code = "os.mkdir('f'); open('f/x', 'w').write('x' * 1001); ask(folder='f')"
    with pytest.raises(ChildLost, match="larger than what is taken"):
        result_of(monkeypatch, work, code)


@pytest.mark.parametrize(
    "code",
    [
        "pass",
        "open('result.json', 'w').write('{')",
        "open('result.json', 'w').write('[' * 5000)",
        "open('result.json', 'w').write('[]')",
        "os.symlink('/etc/hostname', 'result.json')",
        "os.mkfifo('result.json') if hasattr(os, 'mkfifo') else None",
        "end(); sys.exit(3)",
    ],
    ids=range(7),
)
def test_a_result_that_is_none_is_our_failure(
    monkeypatch: pytest.MonkeyPatch, work: Path, code: str
) -> None:
    with pytest.raises(ChildLost) as caught:
        result_of(monkeypatch, work, code)
    assert caught.value.retryable


def test_a_child_that_is_killed_by_accident_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, work: Path
) -> None:
    code = "import signal; os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(ChildLost, match=rf"signalled \(-{signal.SIGKILL:d}\)") as caught:
        result_of(monkeypatch, work, code)
    assert caught.value.retryable


def test_one_that_needs_more_memory_than_there_is_is_refused(
    monkeypatch: pytest.MonkeyPatch, work: Path
) -> None:
    with pytest.raises(ChildCrashed, match="more than 128 MiB of memory") as caught:
        result_of(monkeypatch, work, "x = b'x' * (300 << 20)", ChildLimits(60.0, 128 << 20))
    assert not caught.value.retryable


def test_one_that_takes_too_long_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, work: Path
) -> None:
    with pytest.raises(ChildStopped, match="within 1 seconds and was stopped") as caught:
        result_of(monkeypatch, work, "while True: pass", ChildLimits(1.0, 128 << 20))
    assert caught.value.retryable


def test_deep_folders_and_many_files_are_gone_afterwards(
    monkeypatch: pytest.MonkeyPatch, work: Path
) -> None:
    code = "for _ in range(90): os.mkdir('d'); os.chdir('d')"
    with pytest.raises(ChildLost):
        result_of(monkeypatch, work, code)
    assert list(work.iterdir()) == []
