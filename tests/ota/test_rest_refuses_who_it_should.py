"""Who may do what over REST: each endpoint by role, stranger and nobody."""

import pytest

from fleet.devices.models import Device
from tests import personas
from tests.ota import makers

pytestmark = pytest.mark.django_db
READERS = ("viewer", "engineer", "operator", "owner")
WRITERS = ("operator", "owner")
NOBODIES = ("stranger", "anonymous")
ROLES = (*READERS, *NOBODIES)

READS = [
    *("releases/", "releases/{rel}/", "rollouts/", "rollouts/{rol}/", "policies/"),
    *("rollouts/{rol}/assignments/", "rollouts/{rol}/events/", "devices/{dev}/assignments/"),
    *("devices/{dev}/explanation/", "devices/{dev}/penalty/", "policies/canary/"),
    *("rollouts/{rol}/plan/", "rollouts/{rol}/report/"),
]
WRITES = [
    *(f"releases/{step}" for step in ("", "{rel}/approve/", "{rel}/publish/", "{rel}/revoke/")),
    *(f"rollouts/{step}" for step in ("", "{rol}/start/", "{rol}/pause/", "{rol}/resume/")),
    *(f"rollouts/{step}" for step in ("{rol}/abort/", "{rol}/roll-back/")),
    *("policies/", "rollout-plan/"),
]


@pytest.fixture
def ids() -> dict[str, str]:
    rollout = makers.rollout(makers.release(), makers.group(makers.devices(1)), start=False)
    device = Device.objects.get()
    ids = {"rel": rollout.release.public_id, "rol": rollout.public_id}
    return ids | {"dev": device.public_id}


@pytest.mark.parametrize("path", READS)
def test_reading(path: str, ids: dict[str, str]) -> None:
    for role in ROLES:
        answer = personas.client(role).get(f"/api/v1/{path.format(**ids)}")
        allowed = (200,) if role in READERS else (401, 403)
        assert answer.status_code in allowed, (role, answer.status_code)


@pytest.mark.parametrize("path", WRITES)
def test_changing(path: str, ids: dict[str, str]) -> None:
    for role in ROLES:
        answer = personas.client(role).post(f"/api/v1/{path.format(**ids)}", {}, format="json")
        if role in WRITERS:
            assert answer.status_code in (200, 201, 400, 409), (role, answer.status_code)
        else:
            assert answer.status_code in (401, 403), (role, answer.status_code)


@pytest.mark.parametrize(
    "path",
    [
        "releases/rel_none/",
        "rollouts/rol_none/",
        "rollouts/rol_none/assignments/",
        "rollouts/rol_none/events/",
    ],
)
def test_what_is_not_there_is_404_with_a_sentence(path: str) -> None:
    answer = personas.client("viewer").get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("application/problem+json")
    assert "none" in answer.json()["detail"]


def test_an_engineers_token_cannot_roll_out(ids: dict[str, str]) -> None:
    client = personas.client("ci_token")
    answer = client.post(f"/api/v1/rollouts/{ids['rol']}/start/", {}, format="json")
    assert answer.status_code == 403


def test_approving_is_a_right_of_its_own(ids: dict[str, str]) -> None:
    client = personas.token_client("operator", ("ota.read", "ota.write"))
    answer = client.post(f"/api/v1/releases/{ids['rel']}/approve/", {}, format="json")
    assert answer.status_code == 403
    assert "ota.approve" in answer.json()["detail"]
