"""`edgefleet model`, `dataset` and `alias`: from files on a disk to versions that can be named."""

from pathlib import Path

import pytest

from fleet.cli.commands.registry.model import numbers, pairs
from fleet.cli.errors import RequestRefused
from fleet.lib.hashing import sha256_hex
from registry import services
from registry.models import Dataset, ModelVersion
from tests import personas
from tests.fleet.cli.terminal import Terminal, breaks
from tests.fleet.telemetry.world import everybody_reports, fleet, registered
from tests.registry.factories import IO_SCHEMA, keras_bytes, npz_bytes, version_make


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "digits.keras"
    path.write_bytes(keras_bytes())
    return path


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    path = tmp_path / "samples.npz"
    path.write_bytes(npz_bytes())
    return path


@pytest.fixture
def digits(terminal: Terminal) -> Terminal:
    terminal.ok("model", "create", "digits", "--title", "Handwritten digits")
    return terminal


def admit() -> None:
    for version in ModelVersion.objects.filter(state="pending"):
        services.version_admit(
            version=version, io_schema=IO_SCHEMA, ops={"Dense": 1}, by=personas.SYSTEM
        )


def reject() -> None:
    for version in ModelVersion.objects.filter(state="pending"):
        services.version_reject(
            version=version, reasons=["The op FFT is not known."], by=personas.SYSTEM
        )


def push(terminal: Terminal, file: Path, *options: object) -> int:
    return terminal.run("model", "push", "digits", file, "--no-wait", *options)


def test_a_model_is_created_and_listed(digits: Terminal) -> None:
    assert [row["name"] for row in digits.json("model", "list")] == ["digits"]
    assert "Handwritten digits" in digits.ok("model", "list")


def test_a_second_model_of_the_name_is_refused(digits: Terminal) -> None:
    assert digits.run("model", "create", "digits") == 2


def test_a_push_carries_everything_that_is_said(digits: Terminal, file: Path) -> None:
    options = ("--label", "1.0", "--metric", "accuracy=0.98", "--lineage", "commit=4f2a")
    assert push(digits, file, *options, "--classes", "zero,one") == 0
    version = digits.json("model", "show", "digits:1.0")
    assert version["sha256"] == sha256_hex(file.read_bytes())
    assert version["metrics"] == {"accuracy": 0.98}
    assert version["lineage"] == {"commit": "4f2a"}
    assert version["class_names"] == ["zero", "one"]


def test_datasets_are_pushed_along(digits: Terminal, file: Path, samples: Path) -> None:
    options = ("--label", "1.0", "--calibration", samples, "--evaluation", samples)
    assert push(digits, file, *options) == 0
    version = digits.json("model", "show", "digits:1.0")
    assert set(version["datasets"]) == {"calibration", "evaluation"}
    assert {row["name"] for row in digits.json("dataset", "list")} == {
        "digits-1.0-calibration",
        "digits-1.0-evaluation",
    }


def test_a_known_dataset_is_named_by_its_id(digits: Terminal, file: Path, samples: Path) -> None:
    made = digits.json("dataset", "push", "held out", samples, "--kind", "evaluation")
    assert push(digits, file, "--label", "1.0", "--evaluation", made["id"]) == 0
    assert digits.json("model", "show", "digits:1.0")["datasets"] == {"evaluation": made["id"]}


def test_the_same_dataset_again_is_the_first(digits: Terminal, samples: Path) -> None:
    command = ("dataset", "push", "held out", samples, "--kind", "reference")
    assert digits.json(*command)["id"] == digits.json(*command)["id"]
    assert Dataset.objects.count() == 1


def test_other_bytes_under_the_name_are_refused(digits: Terminal, samples: Path) -> None:
    command = ("dataset", "push", "held out", samples, "--kind", "reference")
    digits.ok(*command)
    samples.write_bytes(npz_bytes(seed=1))
    assert digits.run(*command) == 2


def test_a_push_whose_answer_is_lost_makes_one_version(digits: Terminal, file: Path) -> None:
    digits.way.after = [breaks]
    assert push(digits, file, "--label", "1.0") == 0
    assert ModelVersion.objects.count() == 1


def test_it_waits_until_the_file_was_looked_at(digits: Terminal, file: Path) -> None:
    digits.between = [lambda: None, admit]
    shown = digits.ok("model", "push", "digits", file, "--label", "1.0")
    assert "admitted" in shown
    assert digits.err.splitlines() == ["version 1: pending", "version 1: admitted"]


def test_a_rejected_file_is_exit_1_with_the_reason(digits: Terminal, file: Path) -> None:
    digits.between = [reject]
    assert digits.run("model", "push", "digits", file) == 1
    assert "The version was rejected: The op FFT is not known." in digits.err


@pytest.mark.parametrize("content", [b"", None])
def test_no_file_or_an_empty_one_is_refused_before_anything_is_sent(
    content: bytes | None, terminal: Terminal, tmp_path: Path
) -> None:
    path = tmp_path / "model.keras"
    if content is not None:
        path.write_bytes(content)
    assert terminal.run("model", "push", "digits", path) == 2
    assert not terminal.way.requests


def test_a_file_of_another_kind_is_refused_by_the_service(digits: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x04" + bytes(200))
    assert push(digits, path) == 2
    assert digits.err.startswith("error: ")
    assert not ModelVersion.objects.exists()


def test_the_file_comes_back_as_it_went(digits: Terminal, file: Path, tmp_path: Path) -> None:
    push(digits, file, "--label", "1.0")
    out = tmp_path / "back.keras"
    digits.ok("model", "download", "digits:1.0", "--out", out)
    assert out.read_bytes() == file.read_bytes()
    assert not list(tmp_path.glob("*.part"))


def test_versions_are_listed_with_their_state(digits: Terminal) -> None:
    version_make(label="1.0", admitted=True)
    version_make(label="1.1", seed=1)
    rows = digits.json("model", "show", "digits")["versions"]
    assert [(row["label"], row["state"]) for row in rows] == [
        ("1.1", "pending"),
        ("1.0", "admitted"),
    ]


@pytest.mark.parametrize("name", ["digits:1.0", "digits:1", "digits@production"])
def test_a_version_has_several_names(name: str, digits: Terminal) -> None:
    made = version_make(label="1.0", admitted=True)
    digits.ok("alias", "set", "digits", "production", "1.0")
    assert digits.json("model", "show", name)["id"] == made.public_id
    assert digits.json("model", "show", made.public_id)["label"] == "1.0"


def test_a_label_wins_over_a_number(digits: Terminal) -> None:
    version_make(label="2", admitted=True)
    version_make(label="1", seed=1, admitted=True)
    assert digits.json("model", "show", "digits:1")["number"] == 2


def test_a_version_that_is_not_there_is_named(digits: Terminal) -> None:
    assert digits.run("model", "show", "digits:9.9") == 2
    assert "The model digits has no version 9.9." in digits.err


def test_a_comparison_lists_what_differs(digits: Terminal) -> None:
    version_make(label="1.0", admitted=True)
    version_make(label="1.1", seed=1, admitted=True)
    found = digits.json("model", "compare", "digits", "1.0", "1.1")
    assert found["same_file"] is False
    assert found["io"] == {}


def test_an_alias_moves_and_a_stale_move_is_refused(digits: Terminal) -> None:
    version_make(label="1.0", admitted=True)
    version_make(label="1.1", seed=1, admitted=True)
    digits.ok("alias", "set", "digits", "production", "1.0")
    assert digits.run("alias", "set", "digits", "production", "1.1") == 2
    assert "points to version 1: move it with --expected 1" in digits.err
    digits.ok("alias", "set", "digits", "production", "1.1", "--expected", "1")
    assert digits.run("alias", "set", "digits", "production", "1.0", "--expected", "1") == 2
    assert digits.json("model", "show", "digits@production")["label"] == "1.1"
    digits.ok("alias", "set", "digits", "production", "1.0", "--force")
    assert digits.json("model", "show", "digits@production")["label"] == "1.0"


def test_pairs_and_numbers_are_checked() -> None:
    assert pairs(["a=1", "b=x=y"]) == {"a": "1", "b": "x=y"}
    assert numbers(["accuracy=0.5"]) == {"accuracy": 0.5}
    for wrong in ("a", "=1"):
        with pytest.raises(RequestRefused, match="KEY=VALUE"):
            pairs([wrong])
    with pytest.raises(RequestRefused, match="KEY=NUMBER"):
        numbers(["accuracy=high"])


def test_windows_are_downloaded_and_checked(terminal: Terminal, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    registered("1.0")
    everybody_reports(fleet(2))
    made = terminal.json("model", "windows", "digits:1.0", "--out", tmp_path / "w.parquet")
    content = (tmp_path / "w.parquet").read_bytes()
    assert content[:4] == content[-4:] == b"PAR1"
    assert made["sha256"] == sha256_hex(content)
