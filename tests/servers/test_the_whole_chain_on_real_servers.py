"""Once, from a model file to a device that runs it, on the servers of production.

PostgreSQL, Redis as broker and as cache, and S3 differ from the embedded default by environment
variables only; web, workers, beat and agent are real processes.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from redis import Redis

from fleet.demo.api import Api
from fleet.demo.service import host_target, running
from fleet.lib.hashing import sha256_hex
from tests.fleet.access import programs
from tests.ports import free_port
from tests.servers import brokers, processes
from tests.servers.store import PREFIX, Store, s3
from tests.waiting import until

ROOT = Path(__file__).parents[2]
MODEL = ROOT.parent / "shared" / "models" / "hello_world_int8.tflite"
DEVICE = "lab-01"
POLICY = {"waves": [{"share_percent": 100}], "soak_seconds": 0, "gates": []}
ENDED = ("done", "aborted", "paused", "rolled_back")

pytestmark = [
    pytest.mark.server,
    pytest.mark.e2e,
    pytest.mark.toolchain,
    pytest.mark.xdist_group("servers"),
    pytest.mark.skipif(not MODEL.exists(), reason="the shared models are not beside the project"),
]


@dataclass
class Site:
    """The servers of one production, and the service on them."""

    database_url: str
    redis_url: str
    store: Store
    api: Api
    url: str
    folder: Path

    def count(self, table: str) -> int:
        """How many rows the database itself holds."""
        with psycopg.connect(self.database_url) as wire:
            query = sql.SQL("select count(*) from {}").format(sql.Identifier(table))
            ((found,),) = wire.execute(query).fetchall()
            return int(found)

    def until(self, path: str, *states: str) -> Any:
        """Wait for one of the states."""
        return self.api.until(path, lambda row: row["state"] in states)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with ExitStack() as stack:
        database_url = stack.enter_context(programs.postgresql())
        redis_url = stack.enter_context(brokers.redis(tmp_path))
        store = stack.enter_context(s3())
        variables = {
            "DJANGO_SETTINGS_MODULE": "fleet.settings",
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": redis_url,
            "CACHE_URL": redis_url.removesuffix("0") + "1",
            "SECRET_KEY": "of this test only, long enough that nobody guesses it",
            "EDGEFLEET_BUILD_VECTORS": "2",
            **store.environment,
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        bind = f"127.0.0.1:{free_port()}"
        service = stack.enter_context(running(tmp_path / "var", bind, ROOT))
        api = Api(service.url, service.token)
        stack.callback(api.client.close)
        yield Site(database_url, redis_url, store, api, service.url, tmp_path)


def agent(site: Site, *words: str) -> list[str]:
    """The command line of the device's agent."""
    where = site.folder / "agent.json"
    configuration = {
        "server_url": site.url,
        "controller_id": DEVICE,
        "target": host_target(),
        "state_dir": str(site.folder / "device"),
        "window_seconds": 1,
        "feed": "tests.servers.feed:angles",
    }
    where.write_text(json.dumps(configuration))
    return [sys.executable, "-m", "device_agent", "--config", str(where), *words]


def pushed(site: Site) -> Any:
    """The admitted version of the model file."""
    site.api.post("models/", name="sine", title="Sine")
    row = site.api.upload("models/sine/versions/", MODEL, label="1.0")
    return site.until(f"models/sine/versions/{row['number']}/", "admitted", "rejected")


def built(site: Site, version: str, *, force: bool = False) -> None:
    """Build a version for this machine."""
    asked = site.api.post("builds/", version=version, targets=[host_target()], force=force)
    build = asked["builds"][0]["build"]
    build = site.until(f"builds/{build['id']}/", "succeeded", "failed", "refused")
    assert build["state"] == "succeeded", build["failure"]


def released(site: Site, version: str) -> str:
    """The published release of a version that is built."""
    built(site, version)
    row = site.api.post("releases/", version=version, notes="first")
    for step in ("approve", "publish"):
        site.api.post(f"releases/{row['id']}/{step}/")
    return str(row["id"])


def enrolled(site: Site) -> None:
    """The device, with a key of its own, in a group of its own."""
    code = site.api.post("enrolment-codes/", name="lab", uses=1, auto_accept=True)["code"]
    subprocess.run(agent(site, "enrol", code), cwd=ROOT, check=True, capture_output=True)
    site.api.post("groups/", name="lab", query=f"target={host_target()}")


def rolled_out(site: Site, release: str) -> Any:
    """The rollout after the agent ran until it ended and counts of the model have arrived."""
    row = site.api.post("rollouts/", release=release, group="lab", policy=POLICY)
    site.api.post(f"rollouts/{row['id']}/start/")
    log = site.folder / "agent.log"
    with processes.running(agent(site, "run"), log=log, ready=lambda: True):
        ended = site.until(f"rollouts/{row['id']}/", *ENDED)
        until(lambda: site.count("telemetry_report"), "a report has come")
    return ended


def test_from_a_file_to_a_device_that_runs_it(site: Site) -> None:
    version = pushed(site)
    assert version["state"] == "admitted", version["reasons"]
    release = released(site, version["id"])
    enrolled(site)
    rollout = rolled_out(site, release)
    assert rollout["state"] == "done", rollout
    (device,) = site.api.all("devices/")
    assert (device["controller_id"], device["running"]["version"]) == (DEVICE, "1.0")
    everything_lies_in_postgresql(site)
    everything_went_through_redis(site)
    every_blob_lies_in_s3(site)
    every_connection_breaks(site)
    built(site, version["id"], force=True)
    assert site.count("builds_build") == 2


def everything_lies_in_postgresql(site: Site) -> None:
    assert not (site.folder / "var" / "db.sqlite3").exists()
    tables = ("registry_modelversion", "builds_build", "ota_rollout", "ota_assignment")
    assert [site.count(table) for table in tables] == [1, 1, 1, 1]
    verify = [sys.executable, "manage.py", "audit_verify"]
    told = subprocess.run(verify, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert f"whole: {site.count('access_auditentry')} entries" in told


def everything_went_through_redis(site: Site) -> None:
    assert not (site.folder / "var" / "broker").exists()
    with Redis.from_url(site.redis_url) as broker:
        assert broker.smembers("_kombu.binding.compile")
    with Redis.from_url(site.redis_url.removesuffix("0") + "1") as counters:
        assert list(counters.scan_iter("*throttle:token:*"))


def every_blob_lies_in_s3(site: Site) -> None:
    assert not (site.folder / "var" / "blobs").exists()
    keys = site.store.keys()
    assert len(keys) == site.count("registry_blob") > 5
    digests = [key.removeprefix(f"{PREFIX}/").split("/")[-1] for key in keys]
    assert [sha256_hex(site.store.read(key)) for key in keys] == digests
    assert sha256_hex(MODEL.read_bytes()) in digests


def every_connection_breaks(site: Site) -> None:
    """As when both servers start again."""
    others = "from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()"
    with psycopg.connect(site.database_url) as wire:
        broken = wire.execute(f"select pg_terminate_backend(pid) {others}".encode()).fetchall()
    assert len(broken) >= 2
    with Redis.from_url(site.redis_url) as broker:
        assert broker.client_kill_filter(skipme=True) >= 2
