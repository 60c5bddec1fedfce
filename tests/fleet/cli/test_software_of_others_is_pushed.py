"""`edgefleet release software-push`: files of other makers, and a release of them."""

from pathlib import Path

from tests.fleet.cli.terminal import Terminal
from tests.ota.foreign import images


def test_files_are_pushed_and_released(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "system.swu"
    file.write_bytes(images.swu(images.Maker.new()))
    named = ("--name", "gateway-os", "--version", "2.0")
    module = terminal.json("release", "software-push", file, *named)
    assert [each["format"] for each in module["files"]] == ["swu"]
    assert [row["id"] for row in terminal.json("release", "software-list")] == [module["id"]]
    said = ("--name", "gateway", "--label", "7", "--module", module["id"])
    made = terminal.json("release", "create", *said)
    assert (made["state"], made["model"], made["label"]) == ("draft", "gateway", "7")


def test_a_release_needs_a_version_or_a_name(terminal: Terminal) -> None:
    assert terminal.run("release", "create", "--notes", "nothing") == 2
