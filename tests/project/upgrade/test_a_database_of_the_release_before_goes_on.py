"""A database of the release before is migrated, and what it held goes on: rows, tokens, keys.

`release_before.sql.gz` is the database of a demonstration that the release before ran to its end,
with secrets that it gave out (`release_before.json`; they open nothing else).
"""

import gzip
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from tests.fleet.access import programs
from tests.servers.test_the_database_may_be_postgresql import own_environment
from tests.waiting import PATIENCE_SECONDS

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[2]
SECRETS: Final = HERE / "release_before.json"


def run(*argv: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *argv],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def before(path: Path) -> Path:
    """Write the database of the release before."""
    dump = gzip.decompress((HERE / "release_before.sql.gz").read_bytes()).decode()
    with closing(sqlite3.connect(path)) as database:
        # Constraints of the tables use it; Django brings it to each connection.
        database.create_function(
            "REGEXP", 2, lambda pattern, value: bool(re.search(pattern, value))
        )
        database.executescript(dump)
    return path


def environment(folder: Path) -> dict[str, str]:
    own = {
        "EDGEFLEET_VAR": str(folder),
        "SECRET_KEY": json.loads(SECRETS.read_text())["secret_key"],
        "DJANGO_SETTINGS_MODULE": "fleet.settings",
        "EDGEFLEET_TARGET_TOKENS": "1",
        "EDGEFLEET_GATEWAY_TOKENS": "1",
    }
    return {**own_environment(), **own}


def upgraded(env: dict[str, str]) -> dict[str, Any]:
    run("manage.py", "up", "--prepare-only", environment=env)
    said: dict[str, Any] = json.loads(
        run("-m", "tests.project.upgrade.asked", str(SECRETS), environment=env)
    )
    return said


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("upgrade")
    before(folder / "db.sqlite3")
    return upgraded(environment(folder))


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("upgrade")
    with programs.postgresql() as url:
        env = environment(folder) | {"DATABASE_URL": url}
        run("-m", "tests.project.upgrade.filled", str(before(folder / "before")), environment=env)
        yield upgraded(env)


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.server])], scope="module"
)
def answered(request: pytest.FixtureRequest) -> dict[str, Any]:
    said: dict[str, Any] = request.getfixturevalue(request.param)
    return said


def test_everything_that_was_there_is_there(answered: dict[str, Any]) -> None:
    counts = {"models": 1, "devices": 10, "releases": 2, "rollouts": 2, "incidents": 1}
    assert {name: answered[name] for name in counts} == counts
    assert (answered["builds"], answered["groups"]) == (6, 1)


def test_a_pipelines_token_still_works(answered: dict[str, Any]) -> None:
    assert answered["models"] == 1


@pytest.mark.parametrize("held", ["target_token", "gateway_token", "key", "session"])
def test_what_a_device_held_still_opens_its_door(answered: dict[str, Any], held: str) -> None:
    assert answered[held] == 200


def test_an_enrolment_code_of_before_still_works(answered: dict[str, Any]) -> None:
    assert answered["code"] == "of the release before"


def test_people_sign_in_with_the_password_they_had_and_see_every_page(
    answered: dict[str, Any],
) -> None:
    assert answered["password"] is True
    assert answered["pages"] == dict.fromkeys(answered["pages"], 200)


def test_the_audit_log_is_whole(answered: dict[str, Any]) -> None:
    assert answered["audit"] is True


def test_the_database_of_before_is_older_than_this_release(tmp_path: Path) -> None:
    with closing(sqlite3.connect(before(tmp_path / "before"))) as database:
        ran = set(database.execute("SELECT app, name FROM django_migrations"))
    assert ("ota", "0001_initial") in ran
    assert ("ota", "0007_epochs_and_troubles") not in ran
