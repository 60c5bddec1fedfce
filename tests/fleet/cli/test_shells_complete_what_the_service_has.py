"""A shell offers devices, groups and labels; of a service that is away nothing, in silence."""

import io
from contextlib import redirect_stdout

import pytest
from click.shell_completion import BashComplete

from fleet.cli.__main__ import cli
from fleet.cli.session import Session
from fleet.devices import services
from fleet.devices.models import Device
from tests import personas
from tests.fleet.cli.terminal import Terminal, breaks
from tests.ota import makers


@pytest.fixture
def cameras(terminal: Terminal) -> list[Device]:
    del terminal
    made = makers.devices(2)
    services.device_edit(device=made[0], by=personas.SYSTEM, labels={"lot": "B7"})
    makers.group(made, "lab")
    return made


def offered(terminal: Terminal, *words: str) -> list[str]:
    """Return what is offered for the last word."""
    session = Session(environment=terminal.environment, transport=terminal.way, sleep=print)
    shell = BashComplete(cli, {"obj": session}, "edgefleet", "_EDGEFLEET_COMPLETE")
    with redirect_stdout(io.StringIO()) as said:
        found = [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]
    assert said.getvalue() == ""
    return found


def test_devices_are_offered_by_name(terminal: Terminal, cameras: list[Device]) -> None:
    assert sorted(offered(terminal, "device", "show", "")) == sorted(c.name for c in cameras)
    assert offered(terminal, "device", "show", cameras[0].name) == [cameras[0].name]
    assert offered(terminal, "device", "show", 'x"') == []


def test_groups_and_labels_are_offered(terminal: Terminal, cameras: list[Device]) -> None:
    assert offered(terminal, "group", "members", "l") == ["lab"]
    assert offered(terminal, "device", "label", cameras[0].name, "lot") == ["lot=B7"]


def test_a_service_that_is_away_offers_nothing(terminal: Terminal, cameras: list[Device]) -> None:
    del cameras
    terminal.way.before = [breaks] * 5
    assert offered(terminal, "device", "show", "") == []
    assert len(terminal.way.requests) == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_lines_for_a_shell_are_printed_without_a_service(
    terminal: Terminal, shell: str
) -> None:
    assert "_EDGEFLEET_COMPLETE" in terminal.ok("completion", shell)
    assert not terminal.way.requests


def test_a_device_is_named_as_people_name_it(terminal: Terminal, cameras: list[Device]) -> None:
    shown = terminal.json("device", "show", cameras[0].name)
    assert shown["id"] == cameras[0].public_id
    assert terminal.run("device", "show", "nobody") == 2
    assert "no device 'nobody'" in terminal.err
    Device.objects.update(name="twin")
    assert terminal.run("device", "show", "twin") == 2
    assert "Several devices" in terminal.err
