import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from fleet.lib.db import take_turn

KEY = 7


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_there_is_no_turn() -> None:
    with pytest.raises(TransactionManagementError, match="in a transaction"):
        take_turn(KEY)


@pytest.mark.django_db(transaction=True)
def test_one_transaction_may_take_its_turn_again_and_the_next_follows() -> None:
    for _ in range(2):
        with transaction.atomic():
            take_turn(KEY)
            take_turn(KEY)
