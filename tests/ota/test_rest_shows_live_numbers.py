"""From version to running fleet over REST alone, with numbers that follow the devices."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from ota import services
from ota.models import Assignment, Rollout
from tests import personas
from tests.ota import makers
from tests.simulators.fleet import FleetSimulator

pytestmark = pytest.mark.django_db
POLICY = {"soak_seconds": 0, "gates": [], "attempts": 1}


def post(client: APIClient, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    return client.post(f"/api/v1/{path}", body or {}, format="json", headers=headers)


def get(client: APIClient, path: str) -> Any:
    return client.get(f"/api/v1/{path}").json()


def published(client: APIClient) -> str:
    version = makers.version()
    body = {"version": version.public_id, "notes": "digits"}
    release: str = post(client, "releases/", body).json()["id"]
    for step in ("approve", "publish"):
        answer = post(client, f"releases/{release}/{step}/")
        assert answer.status_code == 200, answer.json()
    return release


def test_the_whole_way() -> None:
    client = personas.client("owner")
    fleet = FleetSimulator(makers.devices(20))
    makers.group([d.device for d in fleet.devices.values()], name="lab")
    release = published(client)
    shown = get(client, f"releases/{release}/")
    assert shown["state"] == "published"
    assert [a["target"] for a in shown["artifacts"]] == [makers.TARGET]

    body = {"release": release, "group": "lab", "policy_name": "canary", "policy": POLICY}
    made = post(client, "rollouts/", body)
    assert made.status_code == 201, made.json()
    path = f"rollouts/{made.json()['id']}"
    assert post(client, f"{path}/start/").json()["state"] == "running"
    fleet.step(Rollout.objects.get())

    waves = get(client, f"{path}/")["progress"]["waves"]
    assert [w["devices"] for w in waves] == [2, 3, 15]
    assert waves[0]["counts"] == {"installing": 2}
    assert waves[1]["counts"] == {"planned": 3}
    fleet.run(Rollout.objects.get())
    done = get(client, f"{path}/")
    assert done["state"] == "done"
    assert done["progress"]["counts"] == {"succeeded": 20}
    assert done["finished_at"]


def test_failures_show_their_causes_and_the_reason() -> None:
    client = personas.client("owner")
    fleet = FleetSimulator(makers.devices(4))
    group = makers.group([d.device for d in fleet.devices.values()])
    rollout = makers.rollout(makers.release(), group, waves=[{"share_percent": 100}])
    fleet.fail(trouble="trial")
    fleet.run(rollout)
    shown = get(client, f"rollouts/{rollout.public_id}/")
    assert shown["state"] == "paused"
    assert shown["reason"] == "wave 1: trial: 4 of 4 finished devices, more than 0 % allowed"
    assert shown["progress"]["waves"][0]["causes"] == {"trial": 4}


def test_assignments_can_be_filtered_and_paged() -> None:
    client = personas.client("viewer")
    rollout = makers.rollout(makers.release(), makers.group(makers.devices(12)))
    path = f"rollouts/{rollout.public_id}/assignments/"
    page = get(client, f"{path}?page_size=5")
    seen = list(page["results"])
    while page["next"]:
        page = client.get(page["next"]).json()
        seen += page["results"]
    expected = list(Assignment.objects.order_by("position").values_list("public_id", flat=True))
    assert [row["id"] for row in seen] == expected
    assert len(get(client, f"{path}?wave=0")["results"]) == 2
    assert get(client, f"{path}?state=failed")["results"] == []
    assert client.get(f"/api/v1/{path}?state=sad").status_code == 400


def test_rollouts_can_be_filtered_by_state() -> None:
    client = personas.client("viewer")
    _, rollout, _ = makers.lonely()
    assert [r["id"] for r in get(client, "rollouts/?state=running")["results"]] == [
        rollout.public_id
    ]
    assert get(client, "rollouts/?state=done")["results"] == []
    assert len(get(client, "rollouts/?live=true")["results"]) == 1
    assert client.get("/api/v1/rollouts/?state=odd").status_code == 400


def test_a_device_tells_what_it_was_told() -> None:
    client = personas.client("viewer")
    fleet = FleetSimulator(makers.devices(1))
    device = fleet["cam-000"].device
    group = makers.group([device])
    for label in ("1.0", "2.0"):
        fleet.run(makers.rollout(makers.release(label), group))
    rows = get(client, f"devices/{device.public_id}/assignments/")["results"]
    releases = [row["release"] for row in rows]
    assert releases == list(reversed(fleet["cam-000"].installed))
    assert {row["state"] for row in rows} == {"succeeded"}


def test_events_tell_the_story_backwards() -> None:
    client = personas.client("viewer")
    _, rollout, _ = makers.lonely()
    events = get(client, f"rollouts/{rollout.public_id}/events/")["results"]
    assert [(e["step"], e["wave"]) for e in events] == [("open", 0), ("start", None)]


def test_an_illegal_step_is_a_conflict_in_one_sentence() -> None:
    client = personas.client("owner")
    _, rollout, _ = makers.lonely()
    answer = post(client, f"rollouts/{rollout.public_id}/resume/")
    assert answer.status_code == 409
    assert answer.json()["code"] == "illegal_step"
    assert answer.json()["detail"] == (
        f"Rollout {rollout.public_id}: resume is not possible in state running."
    )


def test_a_double_submission_makes_one_rollout() -> None:
    client = personas.client("owner")
    release = makers.release()
    makers.group(makers.devices(1), name="lab")
    body = {"release": release.public_id, "group": "lab", "policy": POLICY}
    first = post(client, "rollouts/", body, **{"idempotency-key": "once"})
    second = post(client, "rollouts/", body, **{"idempotency-key": "once"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert Rollout.objects.count() == 1


def test_a_release_submitted_twice_names_the_first() -> None:
    client = personas.client("owner")
    body = {"version": makers.version().public_id}
    assert post(client, "releases/", body).status_code == 201
    again = post(client, "releases/", body)
    assert (again.status_code, again.json()["code"]) == (409, "exists")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"group": "nobody"}, 404),
        ({"release": "rel_nothing"}, 404),
        ({"policy": {"gates": ["mood"]}}, 400),
        ({"policy": [1]}, 400),
        ({"policy_name": "yolo"}, 400),
        ({"group": None}, 400),
    ],
)
def test_wrong_input_is_refused_and_plans_nothing(change: dict[str, Any], status: int) -> None:
    client = personas.client("owner")
    makers.group(makers.devices(1), name="lab")
    body = {"release": makers.release().public_id, "group": "lab", **change}
    answer = post(client, "rollouts/", body)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert not Rollout.objects.exists()


def test_a_rollout_page_costs_the_same_for_few_and_many_devices(
    django_assert_max_num_queries: Any,
) -> None:
    client = personas.client("viewer")
    rollout = makers.rollout(makers.release(), makers.group(makers.devices(80)))
    services.rollout_tick(rollout.pk)
    with django_assert_max_num_queries(14):
        get(client, f"rollouts/{rollout.public_id}/")


def test_named_policies_are_shown_in_full() -> None:
    shown = get(personas.client("viewer"), "policies/")
    assert set(shown) == {"all-at-once", "canary", "security", "steady"}
    assert shown["canary"]["waves"][0] == {"share_percent": 5, "min_devices": 2}
