"""A demonstration that was cut off goes on when it is started again, and makes nothing twice."""

import io
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.handlers.wsgi import WSGIHandler
from rich.console import Console

from fleet.access.rules.roles import ROLES
from fleet.demo import digits, train
from fleet.demo.api import Api, CallRefused
from fleet.demo.run import FILE, LIFE_SECONDS, alone, begun
from fleet.demo.waits import Stopped, Waits
from registry.models import Dataset, Model
from tests import personas
from tests.registry.factories import npz_bytes
from tests.waiting import until

ROOT = Path(__file__).parents[3]
BIND = "127.0.0.1:8000"


def started(folder: Path, commit: str = "one", bind: str = BIND, **how: bool) -> tuple[str, bool]:
    found, goes_on = begun(folder, commit, bind, **how)
    return found.key, goes_on


def test_it_goes_on_with_the_same_key_and_password(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    made, goes_on = begun(folder, "one", BIND)
    assert not goes_on
    made.token = "ef_pat_x"
    made.save(folder)
    (folder / "db.sqlite3").touch()
    assert begun(folder, "one", BIND) == (made, True)
    assert (folder / "db.sqlite3").exists()
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600


def test_what_is_over_old_of_other_code_or_elsewhere_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "demo"
    keys = [started(folder)[0]]
    for how in ({"commit": "two"}, {"commit": "two", "bind": "127.0.0.1:1"}, {"fresh": True}):
        key, goes_on = started(folder, **how)
        assert (goes_on, key in keys) == (False, False)
        keys.append(key)
    told = begun(folder, "one", BIND)[0]
    told.over = True
    told.save(folder)
    assert started(folder)[1] is False
    (folder / FILE).write_text("{")
    assert started(folder)[1] is False
    later = time.time() + LIFE_SECONDS
    monkeypatch.setattr(time, "time", lambda: later)
    assert started(folder)[1] is False


def test_two_in_one_folder_take_turns(tmp_path: Path) -> None:
    printed, entered = io.StringIO(), threading.Event()

    def second() -> None:
        with alone(tmp_path / "demo", Console(file=printed)):
            entered.set()

    waiting = threading.Thread(target=second)
    with alone(tmp_path / "demo", Console(file=io.StringIO())):
        waiting.start()
        until(lambda: "waiting for it" in printed.getvalue(), "it says so")
        assert not entered.is_set()
    waiting.join()
    assert entered.is_set()


# A demonstration that starts a process which says that it runs, and goes on for ever.
DEMONSTRATION = """
import subprocess, sys
from fleet.demo import tied
code = "import os, signal, sys; print(os.getpid(), flush=True); signal.pause()"
subprocess.run(tied.command(sys.executable, "-c", code))
"""


def test_nothing_outlives_a_killed_demonstration() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", DEMONSTRATION], stdout=subprocess.PIPE, cwd=ROOT
    ) as demonstration:
        assert demonstration.stdout
        child = int(demonstration.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        demonstration.send_signal(signal.SIGKILL)
        # Its end closes the pipe that both write to.
        assert demonstration.stdout.read() == b""


def served(api: Api, transport: httpx.BaseTransport) -> Api:
    api.client = httpx.Client(
        base_url=api.client.base_url, headers=api.client.headers, transport=transport
    )
    return api


def answering(*answers: httpx.Response | Exception) -> Callable[[httpx.Request], httpx.Response]:
    left = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        del request
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle


def mocked(ended: str, *answers: httpx.Response | Exception) -> Api:
    waits = Waits(Console(quiet=True), lambda: ended, lambda seconds: None)
    return served(Api("http://x", "t", waits=waits), httpx.MockTransport(answering(*answers)))


def test_a_busy_service_is_asked_again_for_as_long_as_it_lives() -> None:
    late, busy = httpx.ReadTimeout("late"), httpx.Response(503, text="restarting")
    api = mocked("", late, busy, httpx.Response(200, json={"id": 7}))
    assert api.post("models/", name="digits") == {"id": 7}
    with pytest.raises(Stopped, match="the service ended"):
        mocked("the service ended", httpx.ConnectError("gone")).get("models/")
    with pytest.raises(CallRefused, match="422 no"):
        mocked("", httpx.Response(422, text="no")).get("models/")


@pytest.mark.django_db
def test_the_story_told_again_gives_what_was_made(tmp_path: Path) -> None:
    secret = personas.token("owner", scopes=ROLES["admin"])[1]
    file = tmp_path / "camera-evaluation.npz"
    file.write_bytes(npz_bytes())

    def told(key: str) -> list[Any]:
        api = served(Api("http://127.0.0.1", secret, run=key), httpx.WSGITransport(WSGIHandler()))
        model = api.post("models/", name="digits", title="Handwritten digits")
        dataset = api.upload("datasets/", file, name="digits", kind="evaluation")
        return [model["created_at"], dataset["id"]]

    first = told("one")
    assert told("one") == first
    assert (Model.objects.count(), Dataset.objects.count()) == (1, 1)
    with pytest.raises(CallRefused, match="409"):
        told("another")


def test_what_is_written_and_trained_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits.write(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    digits.write(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before

    trained: list[str] = []

    def quick(data: Path, how: digits.Training, out: Path) -> dict[str, float]:
        del data
        trained.append(how.pipeline)
        out.write_bytes(b"a model")
        return {"train_accuracy": 1.0}

    monkeypatch.setattr(train, "train", quick)
    train.main(tmp_path, tmp_path)
    (tmp_path / "digits-1.1.json").unlink()
    train.main(tmp_path, tmp_path)
    assert trained == ["camera", "camera", "centred", "camera"]
