"""Load balancers ask without a login: alive, ready, metrics."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_migrated_service_is_alive_and_ready(settings: Any, tmp_path: Path) -> None:
    settings.EDGEFLEET_KEY_DIR = tmp_path  # nothing was published with its keys
    assert Client().get("/livez").json() == {"status": "ok"}
    assert Client().get("/readyz").json() == {"status": "ok"}


def test_missing_migrations_make_it_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.migrations.executor import MigrationExecutor

    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: ["0002"])
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "migrations are missing"


def test_metrics_are_in_the_format_of_prometheus() -> None:
    answer = Client().get("/metrics")
    assert answer.status_code == 200
    assert b"python_info" in answer.content
