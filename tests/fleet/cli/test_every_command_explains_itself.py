"""The tree of commands: each has a sentence, each speaks JSON, each option says what it is."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fleet.cli.__main__ import cli
from tests.fleet.cli.terminal import Terminal

SPEAKS_NO_JSON = {"logout", "completion"}
# What issue and manual promise to pipelines; a missing one would break their scripts.
PROMISED = (
    "login", "ship", "completion", "model create", "model list", "model show", "model push",
    "model download",
    "model compare", "dataset push", "alias set", "build start", "build list", "build show",
    "build watch", "build download", "release create", "release approve", "release publish",
    "rollout start", "rollout watch", "rollout pause", "rollout resume", "rollout abort",
    "rollout roll-back", "rollout list", "device list", "device show", "device code",
    "device register", "device token", "device tokens", "device token-retire", "device key-use",
    "device dismiss-key", "device revoke-key", "group token", "group tokens", "group token-retire",
    "group create", "group list", "incident list", "incident show", "audit verify", "audit list",
)  # fmt: skip


def commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


ALL = dict(commands(cli))


@pytest.mark.parametrize("name", PROMISED)
def test_a_promised_command_is_there(name: str) -> None:
    assert name in ALL


@pytest.mark.parametrize("name", ALL)
def test_a_command_has_a_sentence(name: str) -> None:
    sentence = (ALL[name].help or "").strip()
    assert sentence.endswith(".")


@pytest.mark.parametrize("name", ALL)
def test_a_command_speaks_json(name: str) -> None:
    flags = {flag for option in ALL[name].params for flag in option.opts}
    for flag in ("--json", "--quiet", "--json-query"):
        assert (flag in flags) is (name not in SPEAKS_NO_JSON)


@pytest.mark.parametrize("name", ALL)
def test_a_command_shows_its_help_without_a_service(name: str, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    assert terminal.run(*name.split(), "--help") == 0
    assert not terminal.way.requests


def test_a_group_has_a_sentence() -> None:
    groups = [command for command in cli.commands.values() if isinstance(command, click.Group)]
    assert all((group.help or "").strip() for group in groups)


def test_secrets_are_never_arguments() -> None:
    flags = {flag for command in ALL.values() for option in command.params for flag in option.opts}
    assert not flags & {"--token", "--password", "--secret"}
