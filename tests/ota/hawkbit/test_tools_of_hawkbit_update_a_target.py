"""The whole way of a tool: a target, a module with a file, a set, its assignment, and the end."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from fleet.access.models import AuditEntry
from ota.engine.states import ReleaseState
from ota.models import Assignment, Release, Rollout, SoftwareModule
from tests.ota.ddi import wire
from tests.ota.hawkbit.tool import Tool, device, tool

pytestmark = pytest.mark.django_db


def prepared(*files: str, **assigned: Any) -> tuple[Tool, Any, int]:
    """A target that is told to install a set; its client, and the action."""
    hands = tool()
    client = device(hands.target()["securityToken"])
    number = hands.set(hands.module(*(files or ("system.raucb",))))
    return hands, client, hands.assign(number, **assigned)


def links(client: Any) -> dict[str, str]:
    found = client.get("/DEFAULT/controller/v1/gw-1").json()["_links"]
    return {rel: urlsplit(link["href"]).path for rel, link in found.items()}


def said(client: Any, action: int, body: object) -> int:
    to = f"/DEFAULT/controller/v1/gw-1/deploymentBase/{action}/feedback"
    return int(wire.post(client, to, body).status_code)


def test_it_is_told_installed_and_finished() -> None:
    hands, client, action = prepared()
    assert hands.action(action)["status"] == "pending"
    found = client.get(links(client)["deploymentBase"]).json()
    assert found["id"] == str(action)
    (chunk,) = found["deployment"]["chunks"]
    (artifact,) = chunk["artifacts"]
    assert (chunk["part"], artifact["filename"]) == ("os", "system.raucb")
    bytes_of = client.get(urlsplit(artifact["_links"]["download"]["href"]).path)
    assert b"".join(bytes_of) == b"bundle " * 20
    assert said(client, action, wire.said("proceeding", "none", "half", "way")) == 200
    assert said(client, action, wire.said("closed", "success", "Installed.")) == 200
    assert hands.action(action)["status"] == "finished"
    newest, before, *_ = hands.history(action)
    assert (newest["type"], newest["messages"]) == ("finished", ["Installed."])
    assert (before["type"], before["messages"]) == ("running", ["half", "way"])
    assert hands.call("GET", "targets/gw-1")["updateStatus"] == "in_sync"
    assert Release.objects.get().state == "published"
    assert Rollout.objects.get().created_label.startswith("owner (token ")


def test_a_failure_is_an_error_with_its_words() -> None:
    hands, client, action = prepared()
    assert said(client, action, wire.said("closed", "failure", "No space left.")) == 200
    assert hands.action(action)["status"] == "error"
    assert hands.history(action)[0]["messages"] == ["No space left."]
    assert hands.call("GET", "targets/gw-1")["updateStatus"] == "error"


def test_cancelled_before_it_is_read_the_target_acknowledges() -> None:
    hands, client, action = prepared()
    hands.call("DELETE", f"targets/gw-1/actions/{action}")
    assert hands.action(action)["status"] == "canceling"
    to = links(client)["cancelAction"]
    assert client.get(to).json()["cancelAction"]["stopId"] == str(action)
    body = wire.said("closed", "success", "Action canceled.")
    assert wire.post(client, f"{to}/feedback", body).status_code == 200
    found = hands.action(action)
    assert (found["type"], found["status"]) == ("cancel", "canceled")
    newest = hands.history(action)[0]
    assert (newest["type"], newest["messages"]) == ("canceled", ["Action canceled."])
    assert "cancelAction" not in links(client)


def test_a_target_that_installs_may_refuse_to_stop() -> None:
    hands, client, action = prepared()
    client.get(links(client)["deploymentBase"])
    said(client, action, wire.said("proceeding"))
    hands.call("DELETE", f"targets/gw-1/actions/{action}")
    to = links(client)["cancelAction"]
    assert wire.post(client, f"{to}/feedback", wire.said("rejected")).status_code == 200
    assert said(client, action, wire.said("closed", "success")) == 200
    found = hands.action(action)
    assert (found["type"], found["status"]) == ("update", "finished")


def test_force_ends_a_cancellation_that_nobody_answers() -> None:
    hands, client, action = prepared()
    client.get(links(client)["deploymentBase"])
    force = f"targets/gw-1/actions/{action}?force=true"
    hands.call("DELETE", force, expected=409)
    hands.call("DELETE", f"targets/gw-1/actions/{action}")
    assert hands.action(action)["status"] == "canceling"
    hands.call("DELETE", force)
    assert hands.action(action)["status"] == "canceled"
    hands.call("DELETE", force, expected=409)


def test_how_it_is_assigned_is_how_it_is_delivered() -> None:
    window = {"schedule": "0 0 3 * * ? 2099", "duration": "01:00:00", "timezone": "+00:00"}
    hands, client, action = prepared(type="soft", maintenanceWindow=window)
    found = client.get(links(client)["deploymentBase"]).json()["deployment"]
    assert (found["download"], found["update"]) == ("attempt", "skip")
    assert found["maintenanceWindow"] == "unavailable"
    assert hands.action(action)["forceType"] == "soft"
    assert hands.action(action)["maintenanceWindow"] == window


def test_a_download_only_action_ends_downloaded() -> None:
    hands, client, action = prepared(type="downloadonly")
    assert said(client, action, wire.said("downloaded", "none", "File checksum OK.")) == 200
    newest = hands.history(action)[0]
    assert (newest["type"], newest["messages"]) == ("downloaded", ["File checksum OK."])
    assert hands.action(action)["status"] == "finished"


def test_consent_is_asked_for_where_the_tool_says_so() -> None:
    hands, client, action = prepared(confirmationRequired=True)
    assert hands.action(action)["status"] == "wait_for_confirmation"
    assert "confirmationBase" in links(client)


def test_a_newer_set_takes_the_place_of_the_older() -> None:
    hands, client, first = prepared()
    second = hands.assign(hands.set(hands.module("b.raucb", version="2.0"), version="2.0"))
    assert hands.action(first)["type"] == "cancel"
    assert links(client)["deploymentBase"].endswith(f"/{second}")


def test_deleting_a_set_ends_what_it_began() -> None:
    hands, client, action = prepared()
    number = Assignment.objects.get(pk=action).release_id
    client.get(links(client)["deploymentBase"])
    hands.call("DELETE", f"distributionsets/{number}")
    assert Release.objects.get().state == "revoked"
    assert Rollout.objects.get().state == "aborted"
    assert "deploymentBase" not in links(client)
    hands.call("GET", f"distributionsets/{number}", expected=404)
    assert hands.action(action)["status"] == "canceled"


def test_a_target_that_is_deleted_and_made_again_begins_anew() -> None:
    hands, client, action = prepared()
    body = {"data": {"hw": "1"}}
    assert wire.put(client, "/DEFAULT/controller/v1/gw-1/configData", body).status_code == 200
    assert hands.call("GET", "targets/gw-1/attributes") == {"hw": "1"}
    hands.call("DELETE", "targets/gw-1")
    assert client.get("/DEFAULT/controller/v1/gw-1").status_code == 401
    hands.call("GET", "targets/gw-1", expected=404)
    again = hands.target(securityToken="chosen-by-the-tool-1")
    assert again["securityToken"] == "chosen-by-the-tool-1"
    assert hands.call("GET", "targets/gw-1/attributes") == {}
    assert "deploymentBase" not in links(device("chosen-by-the-tool-1"))
    assert Assignment.objects.get(pk=action).state == "skipped"


def test_lists_come_in_pages() -> None:
    hands = tool()
    for number in range(3):
        hands.target(f"gw-{number}")
    page = hands.call("GET", "targets?offset=1&limit=1")
    assert (page["total"], page["size"]) == (3, 1)
    assert page["content"][0]["controllerId"] == "gw-1"
    hands.call("GET", "targets?limit=-1", expected=400)


def test_a_set_that_reaches_nobody_stays_a_draft() -> None:
    maker = tool()
    number = maker.set(maker.module("rootfs.ext4"))
    body = [{"id": "nobody"}]
    maker.call("POST", f"distributionsets/{number}/assignedTargets", body, 404)
    assert Release.objects.get().state == ReleaseState.DRAFT


def test_of_several_objects_all_are_made_or_none() -> None:
    maker = tool()
    good = {"name": "system", "version": "1.0", "type": "os"}
    maker.call("POST", "softwaremodules", [good, {**good, "type": "?"}], 400)
    assert not SoftwareModule.objects.exists()
    number = maker.module()
    one = {"name": "gateway", "version": "1.0", "modules": [{"id": number}]}
    maker.call("POST", "distributionsets", [one, {**one, "version": ""}], 400)
    assert not Release.objects.exists()


def test_setting_the_polling_time_is_in_the_audit_log() -> None:
    tool().call("PUT", "system/configs/pollingTime", {"value": "00:01:00"})
    entry = AuditEntry.objects.get(action="ota.system_config")
    assert entry.subject == "pollingTime"
    assert entry.detail == {"value": "00:01:00"}
