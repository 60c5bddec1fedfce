"""A button is a POST that calls the service; what the service refuses is told on the page."""

from tests import personas
from tests.fleet.console.world import World


def test_an_operator_pauses_a_rollout(world: World) -> None:
    address = f"/console/rollouts/{world.rollout.public_id}"
    answer = personas.client("operator").post(f"{address}/pause", {"back": address})
    assert answer.headers["Location"] == address
    world.rollout.refresh_from_db()
    assert world.rollout.state == "paused"


def test_a_refusal_is_a_sentence_on_the_page_one_came_from(world: World) -> None:
    client = personas.client("operator")
    address = f"/console/rollouts/{world.rollout.public_id}"
    answer = client.post(f"{address}/resume", {"back": address}, follow=True)
    assert answer.status_code == 200
    assert "not possible in state running" in answer.content.decode()


def test_a_viewer_and_a_stranger_move_nothing(world: World) -> None:
    for name in ("viewer", "stranger"):
        client = personas.client(name)
        assert client.post(f"/console/rollouts/{world.rollout.public_id}/abort").status_code == 403
        assert (
            client.post(f"/console/devices/{world.device.public_id}/decommission").status_code
            == 403
        )
        assert (
            client.post(f"/console/incidents/{world.incident.public_id}/resolve").status_code == 403
        )
    world.rollout.refresh_from_db()
    assert world.rollout.state == "running"


def test_looking_moves_nothing(world: World) -> None:
    client = personas.client("owner")
    assert client.get(f"/console/rollouts/{world.rollout.public_id}/abort").status_code == 405


def test_an_unknown_verb_is_not_there(world: World) -> None:
    client = personas.client("owner")
    assert client.post(f"/console/rollouts/{world.rollout.public_id}/explode").status_code == 404
    assert client.post(f"/console/devices/{world.device.public_id}/explode").status_code == 404
    assert client.post(f"/console/incidents/{world.incident.public_id}/explode").status_code == 404


def test_nobody_is_sent_to_another_site(world: World) -> None:
    answer = personas.client("operator").post(
        f"/console/rollouts/{world.rollout.public_id}/resume", {"back": "https://evil.example/"}
    )
    assert answer.headers["Location"] == "/console/"


def test_a_device_is_decommissioned_and_an_incident_resolved(world: World) -> None:
    client = personas.client("operator")
    name = {"yes": "yes", "typed": world.device.name, "reason": "broken"}
    client.post(f"/console/devices/{world.device.public_id}/decommission", name)
    client.post(f"/console/incidents/{world.incident.public_id}/resolve", {"note": "lamp changed"})
    world.device.refresh_from_db()
    world.incident.refresh_from_db()
    assert world.device.state == "decommissioned"
    assert (world.incident.state, world.incident.note) == ("resolved", "lamp changed")


def test_a_query_finds_devices_and_a_wrong_one_is_explained(world: World) -> None:
    client = personas.client("viewer")
    found = client.get("/console/devices", {"q": f"id={world.device.controller_id}"})
    assert world.device.name in found.content.decode()
    assert "1 device<" in found.content.decode()
    wrong = client.get("/console/devices", {"q": "lot="})
    assert wrong.status_code == 200
    assert 'role="alert"' in wrong.content.decode()


def test_live_parts_are_parts(world: World) -> None:
    client = personas.client("viewer")
    for address in ("/console/", f"/console/rollouts/{world.rollout.public_id}"):
        part = client.get(address, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part
        assert "ef-card" in part
