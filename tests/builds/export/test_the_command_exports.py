"""`python -m builds.export`: one file, or one sentence."""

import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from builds.export.cli import REFUSED, labels_of, main, text_of, write_whole
from builds.toolchain.elf import Elf
from device_agent.protocol.canonical import canonical_json
from device_agent.protocol.schema import Feature, TelemetrySchema, dump_schema
from tests.builds.export.exports import model

pytestmark = pytest.mark.toolchain
PAGE = ("--url", "https://models.acme.io/net")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "net.tflite"
    path.write_bytes(model())
    return path


def command(file: Path, out: Path, layout: str, *more: str) -> list[str]:
    target = ["--target", "cortex-m4f"] if "--target" not in more else []
    return [str(file), *target, "--layout", layout, "--out", str(out), "--vectors", "2", *more]


def test_it_writes_the_archive_that_was_asked_for(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "net.tar"
    assert main(command(file, out, "zephyr", "--name", "Pump", "--version", "3.0.1")) == 0
    with tarfile.open(out) as archive:
        names = archive.getnames()
    assert "pump/zephyr/module.yml" in names
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.tar", "net.tflite"]


def test_two_runs_give_the_same_bytes(file: Path, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        assert main(command(file, tmp_path / name, "sources")) == 0
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_it_exports_for_the_interpreter(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "t.zip"
    assert main(command(file, out, "tflm", *PAGE)) == 0
    with zipfile.ZipFile(out) as archive:
        assert "net/src/model_data.cpp" in archive.namelist()


def test_it_makes_the_demonstration(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "demo.elf"
    assert main(command(file, out, "qemu-demo")) == 0
    assert Elf(out.read_bytes()).symbols["ef_start"]


def test_it_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "builds.export", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "{arduino,cmsis-pack,esp-idf,image,slot,sources,tflm,zephyr,qemu-demo}" in done.stdout


@pytest.mark.parametrize(
    ("out", "layout", "more", "why"),
    [
        ("a.exe", "sources", (), "ends in .zip or .tar"),
        ("a.zip", "sources", ("--target", "z80"), "there is no target 'z80'"),
        ("a.zip", "sources", ("--version", "2"), "three numbers"),
        ("a.zip", "sources", ("--name", "..."), "no letter or digit"),
        ("a.elf", "qemu-demo", ("--target", "cortex-m0plus"), "runs on cortex-m4f"),
        ("no/a.zip", "tflm", PAGE, "cannot be written"),
        ("a.zip", "qemu-demo", (), "a file that ends in .elf"),
        ("a.zip", "arduino", (), "a page for people, with --url"),
        ("a.zip", "arduino", ("--url", "https://example.com/x"), "Nobody can visit"),
        ("a.zip", "arduino", (*PAGE, "--target", "linux-x86_64"), "not for one of x86_64"),
        ("a.zip", "esp-idf", (), "for targets of riscv32, not for one of thumb"),
        ("a.zip", "arduino", (*PAGE, "--instance"), "cannot have --instance"),
        ("a.zip", "sources", ("--placed-weights",), "add --weights apart"),
        ("a.zip", "sources", ("--license", "do what; you want"), "an SPDX expression"),
        ("a.zip", "sources", ("--date", "30.11.2026"), "A date is as 2026-11-30"),
        ("a.zip", "sources", ("--vendor", "Müller & Co"), "A vendor has"),
        ("a.zip", "slot", (), "go with --board"),
        ("a.zip", "sources", ("--board", "mps2-an386"), "go with --board"),
        ("a.zip", "slot", ("--board", "mps2-an386", "--target", "cortex-m3"), "one of cortex-m4f"),
    ],
)
def test_a_refusal_is_one_sentence(  # the fixtures and one row of the table
    file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    out: str,
    layout: str,
    more: tuple[str, ...],
    why: str,
) -> None:
    assert main(command(file, tmp_path / out, layout, *more)) == REFUSED
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
    assert not (tmp_path / out).exists()


@pytest.mark.parametrize("layout", ["sources", "tflm"])
def test_a_file_that_is_no_model_is_refused(
    layout: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.tflite"
    bad.write_bytes(b"not a model")
    assert main(command(bad, tmp_path / "a.zip", layout)) == REFUSED
    assert capsys.readouterr().err.count("\n") == 1


def test_a_missing_model_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(tmp_path / "none.tflite", tmp_path / "a.zip", "sources")) == REFUSED
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("count", ["0", "1001"])
def test_the_number_of_vectors_is_bounded(count: str, file: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*command(file, tmp_path / "a.zip", "sources"), "--vectors", count])
    assert stop.value.code == REFUSED


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    out = tmp_path / "a.bin"
    out.write_bytes(b"old")
    write_whole(out, b"new")
    assert out.read_bytes() == b"new"
    with pytest.raises(TypeError):
        write_whole(out, "text")  # type: ignore[arg-type]
    assert out.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_labels_are_lines_and_files_have_bounds(tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("yes\n\n größer \n")
    assert labels_of(str(names)) == ["yes", "größer"]
    names.write_bytes(b"\xff")
    with pytest.raises(ArgumentTypeError, match="cannot be read as text"):
        labels_of(str(names))
    with pytest.raises(ArgumentTypeError, match="is larger than 10 bytes"):
        text_of(str(Path(__file__)), 10)
    with pytest.raises(ArgumentTypeError, match="cannot be read as text"):
        text_of(str(tmp_path / "absent"))


def test_facts_go_into_the_archive(file: Path, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("rest\nrun\n")
    schema = TelemetrySchema("net", "1", (Feature("f", "mean", (0,)),), ("rest", "run"))
    (tmp_path / "schema.json").write_text(json.dumps(dump_schema(schema), indent=2))
    facts = ("--labels", str(tmp_path / "names.txt"), "--schema", str(tmp_path / "schema.json"))
    out = tmp_path / "net.zip"
    assert main(command(file, out, "sources", *facts)) == 0
    with zipfile.ZipFile(out) as archive:
        source = archive.read("net/model_info.cc").decode()
        header = archive.read("net/model_info.h").decode()
    assert '"rest",' in source
    digest = hashlib.sha256(canonical_json(dump_schema(schema))).hexdigest()
    assert f'#define EF_INFO_SCHEMA_SHA256 "{digest}"' in header
