"""Models, datasets, aliases, publishers, what a device ran: all that REST does with them."""

import re
import shlex
from pathlib import Path

import pytest

from fleet.console.manual import FOLDER
from registry.models import Dataset, ModelVersion, Tombstone
from registry.services import version_admit
from tests.fleet.cli.terminal import Terminal
from tests.ota import makers
from tests.personas import SYSTEM
from tests.registry import factories


@pytest.fixture
def digits(terminal: Terminal) -> Terminal:
    for seed in range(3):
        factories.version_make(seed=seed, admitted=True, label=f"1.{seed}")
    return terminal


def test_a_version_is_put_away_and_brought_back(digits: Terminal) -> None:
    digits.ok("model", "archive", "digits:1.0", "--reason", "worse")
    assert ModelVersion.objects.get(number=1).archived_at
    assert len(digits.json("model", "show", "digits")["versions"]) == 2
    assert digits.json("model", "show", "digits:1.0")["archived_at"]
    digits.ok("model", "restore", "digits:1.0")
    assert len(digits.json("model", "show", "digits")["versions"]) == 3


def test_what_is_deleted_is_named_twice(digits: Terminal) -> None:
    delete = ("model", "delete", "digits:1.0", "--reason", "a mistake")
    assert digits.run(*delete, "--confirm", "digits:1.1") == 2
    assert "nothing was deleted" in digits.err
    assert digits.json(*delete, "--confirm", "digits:1.0")["deleted"] is True
    assert digits.way.requests[-1].headers["If-Match"].startswith('"')
    assert digits.json("model", "deleted")[0]["reason"] == "a mistake"
    assert digits.run("model", "show", "digits:1") == 2
    assert "was deleted on" in digits.err
    digits.ok("model", "delete", "digits", "--reason", "all of it", "--confirm", "digits")
    assert Tombstone.objects.count() == 4


def test_a_dataset_goes_by_its_name(terminal: Terminal) -> None:
    factories.dataset_make(name="held-out")
    assert terminal.json("dataset", "show", "held-out")["samples"] == 20
    terminal.ok("dataset", "archive", "held-out")
    assert terminal.json("dataset", "list") == []
    assert len(terminal.json("dataset", "list", "--archived", "--kind", "evaluation")) == 1
    terminal.ok("dataset", "delete", "held-out", "--reason", "x", "--confirm", "held-out")
    assert Dataset.objects.get().deleted_at


def test_cards_are_written(digits: Terminal) -> None:
    digits.ok("model", "describe", "digits", "--title", "Digits")
    assert digits.json("model", "describe", "digits:1.1", "--description", "Field.")["id"]
    assert digits.json("model", "show", "digits:1.1")["description"] == "Field."
    assert digits.run("model", "describe", "digits") == 2


def test_aliases_are_listed_protected_and_taken_away(digits: Terminal) -> None:
    digits.ok("alias", "set", "digits", "production", "1.0")
    digits.ok("alias", "set", "digits", "production", "1.1", "--expected", "1")
    digits.ok("alias", "protect", "digits", "production")
    assert digits.json("alias", "list", "digits")[0]["protected"] is True
    moves = digits.json("alias", "history", "digits", "production")
    assert [(row["old"], row["new"]) for row in moves] == [(1, 2), (None, 1)]
    assert digits.run("alias", "remove", "digits", "production", "--expected", "1") == 2
    digits.ok("alias", "remove", "digits", "production", "--expected", "2")
    assert digits.json("alias", "list", "digits") == []


def test_any_number_of_versions_stands_side_by_side(digits: Terminal) -> None:
    table = digits.ok("model", "compare", "digits", "1.0", "1.1", "3").splitlines()
    assert table[0].split("\t") == ["PART", "NAME", "1.0", "1.1", "1.2"]
    found = digits.json("model", "compare", "digits", "1.0", "1.1", "1.2", "--all")
    assert len(found["columns"]) == 3
    assert digits.json("model", "compare", "digits", "1.0", "1.1")["same_file"] is False


def test_jobs_are_trusted_without_a_secret(digits: Terminal) -> None:
    made = digits.json(
        "publisher", "trust", "acme/models", "--model", "digits", "--verb", "publish",
        "--account-id", "42", "--workflow", "release.yml",
    )  # fmt: skip
    assert digits.ok("publisher", "list", "--quiet").split() == [made["id"]]
    assert digits.json("publisher", "show", made["id"])["refs"] == "refs/tags/*"
    digits.ok("publisher", "forget", made["id"])
    assert digits.json("publisher", "list") == []


def test_the_lines_of_the_manuals_page_work(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("samples.npz").write_bytes(factories.npz_bytes())
    for seed, name in enumerate(("digits", "better", "best")):
        Path(f"{name}.keras").write_bytes(factories.keras_bytes(seed=seed))
    page = (FOLDER / "registry.md").read_text()
    for block in re.findall(r"(?s)```sh\n(.*?)```", page):
        for line in block.strip().splitlines():
            program, *words = shlex.split(line)
            assert program == "edgefleet"
            terminal.ok(*words)
        for version in ModelVersion.objects.filter(state="pending"):
            version_admit(version=version, io_schema=factories.IO_SCHEMA, ops={}, by=SYSTEM)
    assert Tombstone.objects.get().title == "digits 1.2"


def test_what_a_device_ran_is_told(terminal: Terminal) -> None:
    device = makers.devices(1)[0]
    assert terminal.run("device", "ran", device.name, "--at", "2020-01-01T00:00:00Z") == 2
    assert "had confirmed nothing by then" in terminal.err
