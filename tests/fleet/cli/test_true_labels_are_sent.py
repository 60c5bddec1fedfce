"""`edgefleet labels`: a file of true labels goes in, realised accuracy comes out."""

import json
from pathlib import Path

import pytest

from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from tests.fleet.cli.terminal import Terminal
from tests.fleet.telemetry.world import registered, unit


@pytest.fixture
def version(terminal: Terminal) -> str:
    del terminal
    made = registered().version
    cam = unit("cam-01")
    cam.report(150)
    rollups_refresh()
    return made.public_id


def file(folder: Path, **content: object) -> str:
    path = folder / "labels.json"
    path.write_text(json.dumps(content))
    return str(path)


def window(sequence: int = 0) -> dict[str, object]:
    return {"device": "cam-01", "boot": 1, "sequence": sequence, "right": {"zero": [3, 4]}}


def test_labels_are_sent_and_shown(terminal: Terminal, version: str, tmp_path: Path) -> None:
    sent = terminal.json("labels", "send", version, file(tmp_path, windows=[window()]))
    assert (sent["counted"], sent["inferences"]) == (1, 4)
    found = terminal.json("labels", "show", version, "--hours", "24")
    assert (found["labelled"], found["accuracy"]) == (4, 0.75)


def test_a_large_file_goes_in_several_calls(
    terminal: Terminal, version: str, tmp_path: Path
) -> None:
    rows = [window(number) for number in range(501)]
    assert terminal.run("labels", "send", version, file(tmp_path, windows=rows)) == 1
    assert terminal.json("labels", "show", version)["labelled"] == 4


@pytest.mark.parametrize("content", ["[]", "{", '{"rows": []}', '{"windows": 1}'])
def test_a_file_that_holds_no_labels_is_refused(
    terminal: Terminal, version: str, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(content)
    assert terminal.run("labels", "send", version, str(path)) == 2
