"""`edgefleet capture`: ask, refuse, stop; the service's rules hold here too."""

from typing import Any

import pytest
from django.core.management import call_command

from fleet.telemetry.models import CaptureKey
from tests.fleet.cli.terminal import Terminal
from tests.fleet.telemetry.world import registered
from tests.ota import makers


@pytest.fixture
def version(terminal: Terminal) -> str:
    del terminal
    made = registered().version
    makers.group(makers.devices(2))
    return made.public_id


def ask(terminal: Terminal, version: str, *more: str) -> Any:
    asked = ("capture", "ask", version, "--group", "lab", "--reason", "night faces", *more)
    return terminal.json(*asked)


def test_samples_are_asked_for_and_another_person_is_needed(
    terminal: Terminal, version: str
) -> None:
    found = ask(terminal, version, "--pick", "uncertain", "--samples", "7")
    assert (found["state"], found["pick"], found["samples"]) == ("asked", "uncertain", 7)
    assert terminal.run("capture", "approve", found["id"]) == 2
    listed = terminal.json("capture", "list", "--state", "asked")
    assert [row["id"] for row in listed] == [found["id"]]
    assert terminal.json("capture", "show", found["id"])["parts"] == []


def test_a_capture_is_approved_and_stopped(terminal: Terminal, version: str, settings: Any) -> None:
    settings.EDGEFLEET_CAPTURE_FOUR_EYES = False
    found = ask(terminal, version)
    assert len(terminal.json("capture", "approve", found["id"])["parts"]) == 2
    stopped = terminal.json("capture", "stop", found["id"], "--reason", "seen enough")
    assert (stopped["state"], stopped["outcome"]) == ("stopped", "seen enough")
    assert terminal.run("capture", "refuse", found["id"]) == 2


def test_the_key_is_printed(terminal: Terminal) -> None:
    assert terminal.run("capture", "key") == 2
    call_command("capture_key")
    assert terminal.json("capture", "key")["public"] == CaptureKey.objects.get().public
