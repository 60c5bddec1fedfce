"""`edgefleet rule`, `edgefleet destination`, and handling incidents from a terminal."""

from tests.fleet.cli.terminal import Terminal
from tests.fleet.console import world as worlds


def test_a_destination_is_made_tried_and_deleted(terminal: Terminal) -> None:
    made = terminal.json(
        "destination", "create", "pipeline", "--webhook", "https://hooks.example.com/x",
        "--event", "incident.opened",
    )  # fmt: skip
    assert made["secret"].startswith("whsec_")
    assert "whsec_" not in terminal.ok("destination", "show", made["id"]).replace(made["hint"], "")
    sent = terminal.json("destination", "test", made["id"])
    assert [row["id"] for row in terminal.json("destination", "deliveries")] == [sent["id"]]
    assert terminal.json("destination", "rotate", made["id"])["secret"] != made["secret"]
    assert terminal.run("destination", "redeliver", sent["id"]) == 2  # it is on its way
    assert terminal.json("destination", "disable", made["id"])["enabled"] is False
    assert terminal.json("destination", "enable", made["id"])["enabled"] is True
    edited = terminal.json("destination", "edit", made["id"], "--no-events")
    assert edited["events"] == []
    terminal.ok("destination", "delete", made["id"])
    assert terminal.json("destination", "list") == []


def test_a_destination_has_one_address(terminal: Terminal) -> None:
    assert terminal.run("destination", "create", "x") == 2
    assert terminal.run("destination", "create", "x", "--webhook", "http://127.0.0.1/") == 2


def test_a_rule_is_tried_made_changed_and_deleted(terminal: Terminal) -> None:
    options = ("--quorum-devices", "2", "--mute", "daily 22:00-06:00", "--action", "pause_rollout")
    tried = terminal.json("rule", "backtest", *options)
    assert tried["told"] == []
    made = terminal.json("rule", "create", "drift", *options)
    shown = terminal.json("rule", "show", made["id"])
    assert (shown["quorum_devices"], shown["mute"]) == (2, ["daily 22:00-06:00"])
    terminal.ok("rule", "edit", made["id"], "--disable", "--model", "digits")
    shown = terminal.json("rule", "show", made["id"])
    assert (shown["enabled"], shown["models"], shown["quorum_devices"]) == (False, ["digits"], 2)
    assert "false alarms" in terminal.ok("rule", "backtest", "--rule", made["id"])
    assert "pause_rollout" in {row["name"] for row in terminal.json("rule", "actions")}
    terminal.ok("rule", "delete", made["id"])
    assert terminal.json("rule", "list") == []


def test_a_wrong_rule_is_refused_in_a_sentence(terminal: Terminal) -> None:
    assert terminal.run("rule", "create", "x", "--action", "explode") == 2
    assert terminal.run("rule", "edit", "rul_0") == 2
    assert terminal.run("rule", "backtest", "--fdr-q", "2") == 2


def test_an_incident_is_handled(terminal: Terminal) -> None:
    incident = worlds.make().incident.public_id
    assert terminal.json("incident", "assign", incident, "owner")["assigned_to"] == "owner"
    assert terminal.json("incident", "mute", incident)["mute"] == "changed"
    until = terminal.json("incident", "mute", incident, "--until", "2099-01-31T08:00Z")["mute"]
    assert until.startswith("2099-01-31")
    assert terminal.json("incident", "unmute", incident)["mute"] == ""
    assert terminal.json("incident", "severity", incident, "critical")["severity"] == "critical"
    link = "https://wiki.example.com/x"
    assert terminal.json("incident", "runbook", incident, link)["runbook"] == link
    terminal.ok("incident", "note", incident, "a dirty lens")
    ended = terminal.json("incident", "resolve", incident, "--false-alarm", "--note", "it was not")
    assert ended["outcome"] == "false_alarm"
    said = [row["text"] for row in terminal.json("incident", "notes", incident)]
    assert said == ["a dirty lens", "it was not"]
    assert terminal.json("incident", "actions", incident) == []
    assert terminal.run("incident", "resolve", incident, "--false-alarm", "--real") == 2
