import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from fleet.lib.db import advisory_lock

KEY = 7


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_there_is_no_lock() -> None:
    with pytest.raises(TransactionManagementError, match="in a transaction"):
        advisory_lock(KEY)


@pytest.mark.django_db(transaction=True)
def test_one_transaction_may_take_it_again_and_the_next_follows() -> None:
    taken = []
    for number in range(2):
        with transaction.atomic():
            advisory_lock(KEY)
            advisory_lock(KEY)
            taken.append(number)
    assert taken == [0, 1]
