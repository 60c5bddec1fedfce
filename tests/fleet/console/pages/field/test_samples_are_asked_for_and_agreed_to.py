"""Captures in the console: asked for on one page, agreed to by another person on the next."""

from typing import Any, Final
from urllib.parse import urlencode

from django.core.management import call_command

from fleet.telemetry.models import CapturePart, CaptureRequest
from tests import personas
from tests.fleet.console.typed import value_of
from tests.fleet.console.world import World


def ask(world: World, **changes: str) -> Any:
    return sent(world, changes, follow=False)


def sent(world: World, changes: dict[str, str], *, follow: bool) -> Any:
    given = {
        "version": world.version.public_id,
        "incident": world.incident.public_id,
        "reason": "dark faces",
        "pick": "uncertain",
        "samples": "40",
        "kib": "256",
        "hours": "6",
        **changes,
    }
    about = {name: given[name] for name in ("incident", "version")}
    back = f"/console/captures/new?{urlencode(about)}"
    client = personas.client("operator")
    return client.post("/console/captures/ask", {"back": back, **given}, follow=follow)


def act(found: CaptureRequest, verb: str, who: str = "owner", **typed: str) -> Any:
    own = f"/console/captures/{found.public_id}"
    answer = personas.client(who).post(f"{own}/{verb}", {"back": own, **typed}, follow=True)
    found.refresh_from_db()
    return answer


def asked(world: World, **changes: str) -> CaptureRequest:
    address = ask(world, **changes).headers["Location"]
    return CaptureRequest.objects.get(public_id=address.rpartition("/")[2])


def page(found: CaptureRequest, who: str) -> str:
    answer = personas.client(who).get(f"/console/captures/{found.public_id}")
    return str(answer.content.decode())


def test_an_incidents_devices_are_asked_and_another_person_agrees(world: World) -> None:
    found = asked(world)
    assert (found.samples, found.bytes_max, found.hours) == (40, 256 * 1024, 6)
    assert "another person has to approve" in page(found, "operator")
    act(found, "approve", "operator", sure="on")
    assert found.state == "asked"
    call_command("capture_key")
    assert "1 device may hand in 256.0 KiB" in page(found, "owner")
    act(found, "approve", sure="on")
    assert (found.state, found.decided_by) == ("collecting", "owner")
    assert CapturePart.objects.filter(request=found, device=world.device).exists()


def test_who_has_not_said_that_it_was_read_approves_nothing(world: World) -> None:
    found = asked(world)
    answer = act(found, "approve")
    assert "Say that you have read" in answer.content.decode()
    assert found.state == "asked"


def test_a_group_is_asked_from_a_versions_page(world: World) -> None:
    found = asked(world, incident="", group=world.rollout.group.name)
    assert found.group == world.rollout.group
    assert found.incident is None
    assert f"{world.rollout.group.name}" in page(found, "viewer")


WRONG: Final = (
    ({"samples": "0"}, "Samples: "),
    ({"kib": "much"}, "whole number of KiB"),
    ({"kib": "9" * 12}, "whole number of KiB"),
    ({"kib": "70000"}, "Bytes max: "),
    ({"hours": "1e9"}, "Hours: "),
    ({"reason": ""}, "Reason: "),
    ({"pick": "all"}, "Pick: "),
    ({"pick": "bin", "feature": "nothing"}, "no feature"),
    ({"group": "lab"}, "not both"),
)


def test_a_refused_form_keeps_what_was_typed(world: World) -> None:
    before = CaptureRequest.objects.count()
    for wrong, said in WRONG:
        answer = sent(world, {"reason": "whose words stay", **wrong}, follow=True)
        found = answer.content.decode()
        assert said in found, wrong
        if not {"group", "feature"} & wrong.keys():  # this form has neither
            assert value_of(found, "kib") == wrong.get("kib", "256"), wrong
            assert value_of(found, "reason") == wrong.get("reason", "whose words stay")
    assert CaptureRequest.objects.count() == before


def test_it_is_refused_or_stopped_with_a_reason(world: World) -> None:
    first, second = asked(world), asked(world)
    act(first, "refuse", reason="faces of children")
    assert (first.state, first.outcome) == ("refused", "faces of children")
    call_command("capture_key")
    act(second, "approve", sure="on")
    act(second, "stop", reason="enough")
    assert (second.state, second.outcome) == ("stopped", "enough")
    again = act(second, "stop", reason="once more")
    assert "cannot become stopped" in again.content.decode()


def test_without_a_beginning_there_is_no_form(world: World) -> None:
    answer = personas.client("operator").get("/console/captures/new")
    assert answer.status_code == 400
    assert "Begin on the page of an incident or of a version" in answer.content.decode()
    del world
    assert personas.client("viewer").get("/console/captures/new").status_code == 403
