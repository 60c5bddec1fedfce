"""`edgefleet audit`: who changed what, and an exit code for monitors."""

from tests.fleet.access.tampering import remove_entry
from tests.fleet.cli.terminal import Terminal


def test_changes_are_listed_with_who_made_them(terminal: Terminal) -> None:
    terminal.ok("model", "create", "digits")
    newest = terminal.json("audit", "list", "--action", "registry.")[0]
    assert newest["action"].startswith("registry.")
    assert newest["actor_label"] == "owner (token owner's pipeline)"


def test_a_limit_is_kept_over_pages(terminal: Terminal) -> None:
    for number in range(4):
        terminal.ok("model", "create", f"m{number}")
    assert len(terminal.json("audit", "list", "--limit", "3")) == 3


def test_a_whole_chain_is_exit_0(terminal: Terminal) -> None:
    assert terminal.json("audit", "verify")["whole"] is True


def test_a_broken_chain_is_exit_1(terminal: Terminal) -> None:
    terminal.ok("model", "create", "digits")
    remove_entry(1)
    assert terminal.run("audit", "verify") == 1
    assert "breaks at entry 2: entry 1 is missing" in terminal.err
