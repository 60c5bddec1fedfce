"""A NUL in an address is answered with 400 on every database; only some could look it up."""

import pytest

from tests import personas

pytestmark = pytest.mark.django_db

PLACES = (
    "/api/v1/devices/dev%00/",
    "/api/v1/devices/?target=%00",
    "/api/v1/audit/?action=%00",
    "/default/controller/v1/cam%00",
)


@pytest.mark.parametrize("address", PLACES)
def test_it_is_refused_at_the_door(address: str) -> None:
    assert personas.client("owner").get(address).status_code == 400


def test_what_only_looks_like_one_is_not() -> None:
    assert personas.client("owner").get("/api/v1/devices/?target=0%2500").status_code == 200
