"""Entries are written with the change they record, and never again."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from fleet.access import audit
from fleet.access.models import AuditEntry
from fleet.access.rules.chain import GENESIS
from fleet.lib import clock
from fleet.lib.errors import Conflict, TooLarge
from tests import personas


def record(subject: str = "ver_1", **detail: object) -> AuditEntry:
    return audit.record(
        by=personas.SYSTEM, action="registry.version_add", subject=subject, detail=detail
    )


@pytest.mark.django_db
def test_the_first_entry_follows_genesis_and_the_next_follows_it() -> None:
    first, second = record(), record()
    assert (first.sequence, first.prev_hash) == (1, GENESIS)
    assert (second.sequence, second.prev_hash) == (2, first.hash)


@pytest.mark.django_db
def test_what_was_written_verifies_after_it_was_read_back() -> None:
    record(accuracy=0.1 + 0.2, nested={"list": [1.5, None, "ü"]}, at=clock.now())
    with clock.fixed(clock.now() + timedelta(days=400)):
        record()
    assert audit.verify().whole


@pytest.mark.django_db(transaction=True)
def test_a_change_without_a_transaction_is_not_recorded() -> None:
    with pytest.raises(transaction.TransactionManagementError, match="in the transaction"):
        record()
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_entry_goes_with_the_change_that_is_rolled_back() -> None:
    with transaction.atomic():
        record()
        transaction.set_rollback(True)
    with transaction.atomic():
        record()
    assert audit.verify().entries == 1


@pytest.mark.django_db
def test_the_model_refuses_to_save_again() -> None:
    entry = record()
    entry.subject = "ver_2"
    with pytest.raises(Conflict, match="never changed"):
        entry.save()


@pytest.mark.django_db
def test_the_model_refuses_to_delete() -> None:
    entry = record()
    with pytest.raises(Conflict):
        entry.delete()
    with pytest.raises(Conflict):
        AuditEntry.objects.all().delete()


@pytest.mark.django_db
def test_querysets_refuse_to_update() -> None:
    entry = record()
    with pytest.raises(Conflict):
        AuditEntry.objects.update(subject="ver_2")
    with pytest.raises(Conflict):
        AuditEntry.objects.bulk_update([entry], ["subject"])


@pytest.mark.django_db
def test_the_database_itself_refuses_an_update() -> None:
    record()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE access_auditentry SET subject = 'ver_2'")
    assert audit.verify().whole


@pytest.mark.django_db
def test_a_detail_beyond_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge, match="16384 bytes"):
        record(text="x" * audit.DETAIL_MAX_BYTES)


@pytest.mark.django_db
def test_a_head_noted_earlier_is_known() -> None:
    head = record().hash
    record()
    assert audit.knows_head(head)
    assert not audit.knows_head("f" * 64)
