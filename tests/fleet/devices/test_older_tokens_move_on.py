"""A token that an earlier version stored with its device stays good, and goes back with it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from fleet.devices.tokens import issue as tokens
from fleet.devices.tokens import secret as bearer
from fleet.devices.tokens.secret import Purpose
from tests.fleet.devices.factories import device

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("devices", "0002_tokens_keys_and_policies_add")]


def migrate(to: list[tuple[str, str]] | None = None) -> Any:
    """Migrate, to the newest unless told, and return the models of that time."""
    executor = MigrationExecutor(connection)
    to = executor.loader.graph.leaf_nodes() if to is None else to
    executor.migrate(to)
    return executor.loader.project_state(to).apps


@pytest.fixture
def older() -> Iterator[Any]:
    device("cam-01")
    device("cam-02")
    yield migrate(BEFORE)
    migrate()


def test_it_stays_good_and_goes_back(older: Any) -> None:
    secret = bearer.new_secret(Purpose.TARGET_TOKEN)
    digest = bearer.digest(Purpose.TARGET_TOKEN, secret)
    rows = older.get_model("devices", "Device").objects
    rows.filter(controller_id="cam-01").update(target_token_digest=digest)
    migrate()
    token = tokens.token_of(Purpose.TARGET_TOKEN, secret)
    assert token is not None
    assert token.device is not None
    assert (token.device.controller_id, token.used, token.newest) == ("cam-01", True, True)
    again = migrate(BEFORE).get_model("devices", "Device").objects
    assert dict(again.values_list("controller_id", "target_token_digest")) == {
        "cam-01": digest,
        "cam-02": "",
    }
