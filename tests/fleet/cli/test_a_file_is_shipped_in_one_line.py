"""`edgefleet ship`: what is there is used, what is missing is made, what people must do is said."""

from pathlib import Path
from typing import Any

import pytest

from builds.models import Build
from fleet.devices.models import Device
from ota.models import Release, Rollout
from registry import services
from registry.models import Model, ModelVersion
from tests import personas
from tests.builds import makers as builds
from tests.fleet.cli.terminal import Terminal
from tests.ota import makers


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "digits.tflite"
    path.write_bytes(makers.TINY_TFLITE)
    return path


@pytest.fixture
def cameras(terminal: Terminal) -> list[Device]:
    terminal.between = [admit, build]
    made = makers.devices(2)
    makers.group(made, "cameras")
    return made


def admit() -> None:
    """Do the work of the worker that looks at a pushed file."""
    for pending in ModelVersion.objects.filter(state="pending"):
        version = services.version_admit(
            version=pending,
            io_schema=builds.IO_SCHEMA,
            ops={"FULLY_CONNECTED": 1},
            by=personas.SYSTEM,
        )
        builds.int8_model(version)


def build() -> None:
    """Do the work of the workers that build."""
    for row in Build.objects.filter(state="queued"):
        builds.run(row)


def test_a_file_becomes_a_rollout(terminal: Terminal, file: Path, cameras: list[Device]) -> None:
    done = terminal.json("ship", file, "--group", "cameras", "--label", "1.0", "--no-wait")
    assert (done["state"], done["model"], done["label"]) == ("running", "digits", "1.0")
    assert done["progress"]["devices"] == len(cameras)
    assert Release.objects.get().state == "published"
    assert {row.target for row in Build.objects.all()} == {makers.TARGET}


def test_a_second_version_uses_the_model_that_is_there(
    terminal: Terminal, file: Path, cameras: Any
) -> None:
    del cameras
    builds.model("digits")
    options = ("--group", "cameras", "--label", "2.0", "--quiet", "--no-wait")
    assert terminal.ok("ship", file, *options).strip() == Rollout.objects.get().public_id
    assert Model.objects.count() == 1
    assert terminal.err == ""


def test_another_ones_approval_is_asked_for(
    terminal: Terminal, file: Path, cameras: Any, settings: Any
) -> None:
    del cameras
    settings.EDGEFLEET_SELF_APPROVAL = False
    assert terminal.run("ship", file, "--group", "cameras", "--label", "1.0") == 1
    assert "approved by someone other" in terminal.err
    assert "edgefleet release publish digits:1.0" in terminal.err
    assert Release.objects.get().state == "draft"
    assert not Rollout.objects.exists()


def test_a_version_that_is_rejected_goes_nowhere(
    terminal: Terminal, file: Path, cameras: Any
) -> None:
    del cameras
    terminal.between = [
        lambda: services.version_reject(
            version=ModelVersion.objects.get(), reasons=["It has no tensor."], by=personas.SYSTEM
        )
    ]
    assert terminal.run("ship", file, "--group", "cameras") == 1
    assert "It has no tensor." in terminal.err
    assert not Build.objects.exists()


def test_a_group_without_devices_has_no_target(terminal: Terminal, file: Path) -> None:
    makers.group([], "nobody")
    assert terminal.run("ship", file, "--group", "nobody") == 2
    assert "no accepted device" in terminal.err
    assert not Model.objects.exists()


def test_a_file_that_is_not_there_makes_nothing(terminal: Terminal, cameras: Any) -> None:
    del cameras
    assert terminal.run("ship", "nowhere.keras", "--group", "cameras") == 2
    assert not Model.objects.exists()
