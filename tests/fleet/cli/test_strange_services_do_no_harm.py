"""A redirect, another service, one of another age, a full disk: a sentence, never a traceback."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.builds import makers
from tests.fleet.cli.terminal import Fault, Terminal


def answers(body: Any, status: int = 200, **headers: str) -> Fault:
    """Something that answers for the service, with any JSON."""
    return lambda request: httpx.Response(status, json=body, headers=headers, request=request)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_never_followed(terminal: Terminal, status: int) -> None:
    terminal.way.before = [answers({}, status, Location="https://evil.example/")]
    assert terminal.run("model", "list") == 2
    assert "redirects to https://evil.example/: use its real address" in terminal.err
    assert len(terminal.way.requests) == 1


def test_a_download_is_not_redirected_either(terminal: Terminal, tmp_path: Path) -> None:
    build = makers.built()
    files = terminal.json(
        "build", "download", build.public_id, "--out", tmp_path, "--kind", "report"
    )
    elsewhere = answers({}, 302, Location="https://evil.example/")
    terminal.way.before = [lambda _: None, elsewhere]
    assert terminal.run("build", "download", build.public_id, "--out", tmp_path / "b") == 2
    assert not list((tmp_path / "b").iterdir())
    assert files


@pytest.mark.parametrize("body", [{}, [1], "text", 7, {"results": None}, {"results": 3}])
def test_an_answer_of_another_shape_is_exit_3(terminal: Terminal, body: Any) -> None:
    terminal.way.before = [answers(body)]
    assert terminal.run("build", "start", "digits:1.0", "--target", "x") in (2, 3)
    assert terminal.err.startswith("error: ")
    assert len(terminal.err.splitlines()) == 1


def test_rows_of_another_age_show_what_they_have(terminal: Terminal) -> None:
    terminal.way.before = [answers({"results": [{"name": "digits", "new": 1}], "next": None})]
    assert "digits" in terminal.ok("model", "list")


def test_a_name_that_would_leave_the_folder_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    evil = [{"id": "art_1", "kind": "x", "filename": "../../evil", "sha256": "0", "size_bytes": 1}]
    terminal.way.before = [answers(evil)]
    assert terminal.run("build", "download", "bld_1", "--out", tmp_path / "out") == 2
    assert not list((tmp_path / "out").iterdir())
    assert len(terminal.way.requests) == 1


def test_a_download_of_other_bytes_is_exit_1(terminal: Terminal, tmp_path: Path) -> None:
    file = {"id": "art_1", "kind": "x", "filename": "m.a", "sha256": "0" * 64, "size_bytes": 1}
    terminal.way.before = [answers([file]), answers("other bytes")]
    assert terminal.run("build", "download", "bld_1", "--out", tmp_path) == 1
    assert "arrived damaged" in terminal.err
    assert not (tmp_path / "m.a").exists()


def test_a_download_that_is_refused_says_why(terminal: Terminal, tmp_path: Path) -> None:
    file = {"id": "art_1", "kind": "x", "filename": "m.a", "sha256": "0" * 64, "size_bytes": 1}
    terminal.way.before = [answers([file])]
    assert terminal.run("build", "download", "bld_1", "--out", tmp_path) == 2
    assert "art_1" in terminal.err


def test_a_folder_that_cannot_be_written_is_named(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    build = makers.built()
    assert terminal.run("build", "download", build.public_id, "--out", tmp_path / "out") == 2
    assert "out: File exists." in terminal.err


def test_an_upload_that_arrives_as_other_bytes_is_exit_1(
    terminal: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "digits.keras"
    file.write_bytes(b"model")
    terminal.way.before = [answers({"sha256": "0" * 64}, 201)]
    assert terminal.run("model", "push", "digits", file) == 1
    assert "digits.keras arrived as other bytes" in terminal.err
