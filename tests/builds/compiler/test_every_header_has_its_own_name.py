"""Each header of the runtime is asked for by one name, and none hides another."""

from pathlib import Path

from builds.compiler.emit import text

HEADERS = sorted((Path(text.__file__).parent / "runtime").rglob("*.h"))


def test_every_header_has_its_own_name() -> None:
    names = [text._name(path) for path in HEADERS]
    assert len(set(names)) == len(HEADERS) > 100
    assert {text.runtime_text(name) for name in names} == {path.read_text() for path in HEADERS}


def test_a_family_comes_last_in_a_name() -> None:
    folder = HEADERS[0].parents[1]
    assert text.runtime_text("columns_dsp") == (folder / "dsp" / "columns.h").read_text()
    assert text.runtime_text("dsp") == (folder / "dsp" / "common.h").read_text()
