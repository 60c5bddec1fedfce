"""Roles are signed again long before they expire, and said aloud when they are not."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection

from fleet.lib import clock
from ota.models import TufMetadata
from ota.trust.signer import repository
from ota.trust.tuf import published_metadata
from ota.trust.tuf.roles import AlarmLevel
from tests.ota.trust import world

pytestmark = pytest.mark.django_db


def later(**span: float) -> Any:
    return clock.fixed(clock.now() + timedelta(**span))


def signed_after(**span: float) -> list[str]:
    with later(**span):
        return repository.repository_maintain()


def test_nothing_is_signed_while_all_is_fresh() -> None:
    world.listed()
    assert signed_after(hours=9) == []


def test_the_timestamp_is_signed_again_before_half_of_its_day() -> None:
    world.listed()
    assert signed_after(hours=10) == ["timestamp"]


def test_the_snapshot_is_signed_again_before_half_of_its_week() -> None:
    world.listed()
    assert signed_after(days=3) == ["snapshot", "timestamp"]


def test_models_and_targets_follow_and_root_renews_itself() -> None:
    world.listed()
    assert "model-digits" in signed_after(days=40)
    assert "targets" in signed_after(days=80)
    assert "root" in signed_after(days=160)


def test_a_year_of_beats_leaves_every_role_fresh() -> None:
    world.listed()
    for day in range(1, 400, 19):
        with later(days=day):
            repository.repository_maintain()
            validities = published_metadata.validities()
            assert min(validity.left(clock.now()) for validity in validities) > 0.5
    assert TufMetadata.objects.filter(role="root").count() >= 2


@pytest.mark.parametrize(
    ("hours", "level"),
    [
        (1, None),
        (13, AlarmLevel.NOTICE),
        (19, AlarmLevel.WARNING),
        (22, AlarmLevel.CRITICAL),
        (30, AlarmLevel.CRITICAL),
    ],
)
def test_a_timestamp_that_nobody_signs_is_an_alarm(hours: int, level: AlarmLevel | None) -> None:
    world.listed()
    with later(hours=hours):
        alarms = {
            alarm.validity.role: alarm.level for alarm in published_metadata.alarms(clock.now())
        }
    assert alarms.get("timestamp") == level


def test_the_alarm_is_a_system_check() -> None:
    world.listed()
    assert not [c for c in run_checks(databases=["default"]) if str(c.id).startswith("ota.W")]
    with later(hours=23):
        found = [c for c in run_checks(databases=["default"]) if str(c.id).startswith("ota.W")]
    assert [c.id for c in found] == ["ota.W003"]
    assert "timestamp version" in found[0].msg


def test_a_root_key_in_a_safe_is_missed_and_nothing_else_suffers(
    caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    world.listed()
    (settings.EDGEFLEET_KEY_DIR / "tuf" / "root.pem").unlink()
    assert {"timestamp", "snapshot"} <= set(signed_after(days=200))
    assert "root needs more signatures" in caplog.text
    assert "cannot be read" in caplog.text
    with later(days=350):
        repository.repository_maintain()
    assert "root version 1 expires" in caplog.text


def test_every_version_is_above_the_one_before() -> None:
    for number in range(4):
        world.listed(f"{number}.0")
    for role in ("timestamp", "snapshot", "model-digits"):
        versions = list(
            TufMetadata.objects.filter(role=role).order_by("pk").values_list("version", flat=True)
        )
        assert versions == sorted(set(versions))


@pytest.mark.parametrize(
    "statement",
    [
        """INSERT INTO ota_tufmetadata (role, version, blob_id, signed_at, expires_at)
        SELECT role, 1, blob_id, signed_at, expires_at FROM ota_tufmetadata
        WHERE role = 'timestamp'""",
        "UPDATE ota_tufmetadata SET version = 1 WHERE role = 'timestamp'",
    ],
)
def test_the_database_itself_refuses_to_go_back(statement: str) -> None:
    world.listed()
    with connection.cursor() as cursor, pytest.raises(DatabaseError):
        cursor.execute(statement)
