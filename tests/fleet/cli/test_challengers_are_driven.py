"""`edgefleet shadow`: begin, look, stop."""

from tests.fleet.cli.terminal import Terminal
from tests.ota import makers


def test_a_challenger_is_begun_shown_and_stopped(terminal: Terminal) -> None:
    makers.group(makers.devices(2))
    release = makers.release("2.0")
    begun = terminal.json("shadow", "start", "digits:2.0", "lab", "--every", "5", "--hours", "2")
    assert (begun["release"], begun["every"], begun["devices"]) == (release.public_id, 5, 2)
    assert [row["id"] for row in terminal.json("shadow", "list")] == [begun["id"]]
    assert terminal.json("shadow", "show", begun["id"])["agreement"] == []
    assert terminal.json("shadow", "stop", begun["id"])["state"] == "stopped"
    assert terminal.run("shadow", "stop", begun["id"]) == 2
