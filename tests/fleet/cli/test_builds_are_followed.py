"""`edgefleet build` and `target`: started, watched to their end, downloaded with their digests."""

from pathlib import Path

import pytest

from builds.models import Build
from fleet.cli.commands.build import _line
from fleet.lib.hashing import sha256_hex
from tests.builds import makers
from tests.fleet.cli.terminal import Terminal


def run_all() -> None:
    for build in Build.objects.filter(state="queued"):
        makers.run(build)


def test_targets_are_listed(terminal: Terminal) -> None:
    assert "cortex-m4f" in {row["name"] for row in terminal.json("target", "list")}


def test_a_build_is_started_by_the_name_of_the_version(terminal: Terminal) -> None:
    version = makers.version()
    made = terminal.json("build", "start", "digits:1.0", "--target", "cortex-m4f", "--no-wait")
    assert [(row["version"], row["state"]) for row in made] == [(version.public_id, "queued")]


def test_it_waits_until_all_are_over(terminal: Terminal) -> None:
    makers.version()
    terminal.between = [run_all]
    targets = ("--target", "cortex-m4f", "--target", "linux-x86_64")
    shown = terminal.ok("build", "start", "digits:1.0", *targets)
    assert shown.count("succeeded") == 2
    assert terminal.err.splitlines() == [
        "cortex-m4f queued; linux-x86_64 queued",
        "cortex-m4f succeeded; linux-x86_64 succeeded",
    ]


def test_the_same_build_again_is_found(terminal: Terminal) -> None:
    build = makers.built()
    found = terminal.json("build", "start", "digits:1.0", "--target", build.target)
    assert [row["id"] for row in found] == [build.public_id]
    assert terminal.pauses == []


def test_a_build_that_was_refused_is_exit_1_with_the_reason(terminal: Terminal) -> None:
    build = makers.request(makers.version())
    Build.objects.filter(pk=build.pk).update(state="refused", failure="It does not fit.")
    assert terminal.run("build", "watch", build.public_id) == 1
    assert "1 of 1 builds did not succeed: cortex-m4f: It does not fit." in terminal.err


def test_watching_ends_at_its_limit(terminal: Terminal) -> None:
    build = makers.request(makers.version())
    assert terminal.run("build", "watch", build.public_id, "--timeout", "5") == 1
    assert sum(terminal.pauses) == pytest.approx(6.0)
    assert "still running after 5 seconds: cortex-m4f queued." in terminal.err


def test_builds_are_listed_and_shown(terminal: Terminal) -> None:
    build = makers.built()
    assert [row["id"] for row in terminal.json("build", "list", "--state", "succeeded")] == [
        build.public_id
    ]
    assert terminal.json("build", "list", "--state", "failed") == []
    assert terminal.json("build", "show", build.public_id)["target"] == build.target
    assert build.public_id in terminal.ok("build", "show", build.public_id)


def test_files_are_downloaded_with_their_digests(terminal: Terminal, tmp_path: Path) -> None:
    build, out = makers.built(), tmp_path / "out"
    files = terminal.json("build", "download", build.public_id, "--out", out)
    assert files
    for file in files:
        assert sha256_hex((out / file["filename"]).read_bytes()) == file["sha256"]


def test_one_kind_can_be_chosen(terminal: Terminal, tmp_path: Path) -> None:
    build = makers.built()
    files = terminal.json(
        "build", "download", build.public_id, "--out", tmp_path, "--kind", "report"
    )
    assert {file["kind"] for file in files} == {"report"}
    assert terminal.run("build", "download", build.public_id, "--kind", "nothing") == 1


def test_a_version_that_is_nowhere_is_refused(terminal: Terminal) -> None:
    assert terminal.run("build", "start", "digits") == 2
    assert "names no version: write MODEL:LABEL" in terminal.err


def test_the_line_names_the_stage_while_it_runs() -> None:
    running = {"target": "cortex-m4f", "state": "running", "stage": "prove"}
    assert _line(running) == "cortex-m4f running (prove)"
    assert _line(running | {"state": "failed"}) == "cortex-m4f failed"


def test_an_arithmetic_is_asked_for(terminal: Terminal) -> None:
    makers.version()
    terminal.json(
        "build",
        "start",
        "digits:1.0",
        "--target",
        "cortex-m4f",
        "--no-wait",
        "--arithmetic",
        "tflm",
    )
    assert Build.objects.get().recipe["arithmetic"] == "tflm"
