"""A connection is looked at without a query. Only run on PostgreSQL, like the races of devices."""

from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)


def end(pid: int) -> None:
    """End a connection as a server does that is stopped."""
    known: dict[str, Any] = connection.get_connection_params()
    known = {name: known[name] for name in ("dbname", "user", "host") if name in known}
    with psycopg.connect(**known) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_a_quiet_one_is_used_and_nobody_is_asked(django_assert_num_queries: Any) -> None:
    connection.ensure_connection()
    with django_assert_num_queries(0):
        assert connection.is_usable()


def test_one_that_the_server_has_closed_is_replaced_before_the_next_request() -> None:
    connection.ensure_connection()
    old = connection.connection.info.backend_pid
    end(old)
    assert not connection.is_usable()
    assert Client().get("/readyz").status_code in (200, 503)
    connection.close_if_unusable_or_obsolete()
    connection.ensure_connection()
    assert connection.connection.info.backend_pid != old
    assert connection.is_usable()
