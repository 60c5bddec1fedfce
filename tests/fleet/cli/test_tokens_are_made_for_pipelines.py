"""`edgefleet token`: made with fewer rights, used, and ended."""

from tests.fleet.cli.terminal import Terminal, breaks


def test_a_token_for_a_pipeline_works_until_it_is_revoked(terminal: Terminal) -> None:
    made = terminal.json("token", "create", "ci", "--scope", "registry.read", "--days", "7")
    pipeline = Terminal(terminal.home)
    pipeline.environment |= terminal.environment | {"EDGEFLEET_TOKEN": made["secret"]}
    assert pipeline.json("whoami")["scopes"] == ["registry.read"]
    assert terminal.json("token", "revoke", made["id"])["state"] == "revoked"
    assert pipeline.run("whoami") == 2
    assert "This token is revoked." in pipeline.err


def test_a_secret_whose_answer_got_lost_is_told(terminal: Terminal) -> None:
    terminal.way.after = [breaks]
    assert terminal.run("token", "create", "ci", "--scope", "registry.read") == 1
    made = [row["id"] for row in terminal.json("token", "list") if row["name"] == "ci"]
    assert len(made) == 1
    terminal.way.after = [breaks]
    terminal.run("token", "create", "ci", "--scope", "registry.read")
    assert "was made, but its secret was lost: make another one." in terminal.err


def test_an_unknown_scope_is_refused(terminal: Terminal) -> None:
    assert terminal.run("token", "create", "ci", "--scope", "moon.walk") == 2
    assert "scopes" in terminal.err
