"""`python -m builds.compiler` and `python -m builds.export` read the model in the jail, and leave
what they leave without.
"""

import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from builds.command.jailed import NotDone, compile_in_jail, export_in_jail
from builds.compiler import cli
from builds.export import cli as export
from tests.builds.jailed.hostile import takes_over
from tests.waiting import PATIENCE_SECONDS

HELLO = Path(__file__).parents[4] / "shared" / "models" / "hello_world_int8.tflite"
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(not HELLO.exists(), reason="the shared models are not beside the project"),
]
TARGET = ("--target", "rv32imc")


def files(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def command(module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        argv, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )


def test_the_compiler_gives_the_same_files_and_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    done = command("builds.compiler", str(HELLO), *TARGET, "--out", str(inside))
    assert cli.main([str(HELLO), *TARGET, "--out", str(outside)]) == 0
    assert (done.returncode, done.stdout) == (0, capsys.readouterr().out)
    assert files(inside) == files(outside)


def test_the_exporter_gives_the_same_archive(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside.zip", tmp_path / "outside.zip"
    rest = (str(HELLO), *TARGET, "--layout", "sources", "--vectors", "2", "--out")
    done = command("builds.export", *rest, str(inside))
    assert export.main([*rest, str(outside)]) == 0
    assert done.stdout == f"{inside}: {inside.stat().st_size:,} bytes\n"
    assert inside.read_bytes() == outside.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("absent.tflite", *TARGET), "The model absent.tflite cannot be read"),
        ((str(HELLO), "--target", "abacus"), "abacus"),
        ((__file__, *TARGET), "not a TensorFlow Lite model"),
    ],
)
def test_a_refusal_is_one_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    done = command("builds.compiler", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


LINKS = """
os.mkdir("out"); os.symlink(SECRET, "out/key"); os.symlink(os.path.dirname(SECRET), "out/folder")
open("out/model.h", "w").write("text")
os.symlink(SECRET, "archive.bin")
end(report={})
"""


def test_links_of_a_child_that_was_taken_over_are_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    takes_over(monkeypatch, f"SECRET = {str(secret)!r}\n{LINKS}")
    assert compile_in_jail(HELLO, tmp_path / "out", Namespace()) == {}
    assert files(tmp_path / "out") == {"model.h": b"text"}
    with pytest.raises(NotDone, match=r"archive\.bin"):
        export_in_jail(Namespace(model=HELLO, out=tmp_path / "x.zip"))
