"""Kills `backup` and `restore` at each step that changes a disk, in children that do nothing after.

Prints how many steps there were and what each kill left.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

CUT = 9  # the exit code of a child that was cut
STEPS_MAX = 200


def counted(kill_at: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Wrap functions: the process is gone before the `kill_at`-th call of them all."""
    calls = [0]

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            calls[0] += 1
            if calls[0] == kill_at:
                os._exit(CUT)
            return function(*args, **kwargs)

        return wrapped

    return wrap


def child(act: Callable[[], None], kill_at: int) -> int:
    """Act in a process of its own; its exit code."""
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        from django.core.management import call_command

        from ota import epochs
        from ota.backup import sqlite

        wrap = counted(kill_at)
        with (
            patch.object(os, "fsync", wrap(os.fsync)),
            patch.object(os, "mkdir", wrap(os.mkdir)),
            patch.object(os, "rename", wrap(os.rename)),
            patch.object(Path, "replace", wrap(Path.replace)),
            patch.object(sqlite, "copied", wrap(sqlite.copied)),
            patch.object(sqlite, "call_command", wrap(call_command)),
            patch.object(epochs, "begin", wrap(epochs.begin)),
            patch.object(epochs, "_give_from", wrap(epochs._give_from)),
        ):
            act()
        os._exit(0)
    except BaseException as error:  # a child must not run on as the parent
        sys.stderr.write(f"{error}\n")
        os._exit(1)


def quietly(command: str, *args: str) -> None:
    from django.core.management import call_command

    with Path(os.devnull).open("w") as nothing:
        call_command(command, *args, stdout=nothing, stderr=nothing)


def backups(folder: Path) -> list[str]:
    """What the name of the backup held after each kill, and what was left beside it."""
    outcomes = []
    for step in range(1, STEPS_MAX):
        target = folder / "kept"
        code = child(partial(quietly, "backup", str(target)), step)
        if target.exists():
            whole = child(partial(quietly, "restore", str(target), "--verify"), 0) == 0
            outcomes.append("whole" if whole else "half")
        else:
            outcomes.append("none")
        if code == 0:
            break
        shutil.rmtree(target, ignore_errors=True)
    return [*outcomes, *(f"left {p.name}" for p in folder.iterdir() if p.name != "kept")]


def restores(folder: Path, kept: Path) -> list[str]:
    """What a service holds after each kill of a restore, and after the restore was run again."""
    outcomes: list[str] = []
    for step in range(1, STEPS_MAX):
        home = folder / f"home-{step}"
        home.mkdir()
        restore = partial(at_home, home, partial(quietly, "restore", str(kept), "--yes"))
        code = child(restore, step)
        if code == 0:
            break
        if code != CUT:
            return [*outcomes, f"ended by itself with {code}"]
        if child(partial(at_home, home, unusable), 0) == 0:
            again = child(restore, 0)
            whole = child(partial(at_home, home, restored), 0)
            outcomes.append("mended" if (again, whole) == (0, 0) else "not mended")
        else:  # the cut came after all was done
            whole = child(partial(at_home, home, restored), 0)
            outcomes.append("whole" if whole == 0 else "half")
    return outcomes


def at_home(home: Path, act: Callable[[], None]) -> None:
    """Act as a service whose files are in a folder."""
    from django.conf import settings
    from django.db import connection
    from django.test.utils import override_settings

    from fleet.settings.files import storage

    connection.settings_dict["NAME"] = str(home / "db.sqlite3")
    blobs = {"blobs": storage(f"file://{home}/blobs")}
    changes = {"VAR_DIR": home, "EDGEFLEET_KEY_DIR": home / "keys"}
    with override_settings(STORAGES=settings.STORAGES | blobs, **changes):
        act()


def unusable() -> None:
    """Nobody takes it for a service in use: it is empty, or says that it is half."""
    from django.db import connection

    from fleet import health
    from ota.backup import sqlite

    if sqlite.is_copy():
        assert "restore" in str(health.not_ready())
        return
    if "registry_blob" in connection.introspection.table_names():
        from registry.models import Blob

        assert not Blob.objects.exists()


def restored() -> None:
    from fleet import health
    from ota.models import Epoch
    from registry import blobs
    from registry.models import Blob

    assert Epoch.objects.get().number == 1
    assert all(blobs.read(blob.pk) for blob in Blob.objects.all())
    assert Blob.objects.filter(size_bytes=7).exists()
    assert health.not_ready() is None


def main() -> None:
    folder = Path(os.environ["EDGEFLEET_VAR"])
    import django

    django.setup()
    from django.db import connection

    from fleet import health
    from registry import blobs

    quietly("migrate")
    blobs.put_bytes(b"a model")
    quietly("keys", "init")
    health.not_ready()  # what it imports once, no child imports again
    connection.close()
    (folder / "backups").mkdir()
    made = backups(folder / "backups")
    (folder / "homes").mkdir()
    again = restores(folder / "homes", folder / "backups" / "kept")
    sys.stdout.write(json.dumps({"backups": made, "restores": again}))


if __name__ == "__main__":
    main()
