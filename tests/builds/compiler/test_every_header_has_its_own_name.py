"""Each header is asked for by one name, none hides another, and each belongs to an operator."""

from pathlib import Path

from builds import compiler
from builds.compiler.emit import text
from builds.compiler.operators.table import OPDEFS

HEADERS = sorted(Path(compiler.__file__).parent.rglob("*.h"))
COMMON = {path for path in HEADERS if "common" in (*path.parent.parts, path.stem)}


def test_every_header_has_its_own_name() -> None:
    names = [text.name_of(path) for path in HEADERS]
    assert len(set(names)) == len(HEADERS) > 100
    assert {text.runtime_text(name) for name in names} == {path.read_text() for path in HEADERS}


def test_a_family_comes_last_in_a_name() -> None:
    folder = Path(text.__file__).parent / "runtime"
    assert text.runtime_text("columns_dsp") == (folder / "dsp" / "columns.h").read_text()
    assert text.runtime_text("dsp") == (folder / "dsp" / "common.h").read_text()


def test_every_header_belongs_to_an_operator_or_to_what_all_share() -> None:
    declared = {name for opdef in OPDEFS.values() for name in opdef.headers}
    assert {path.stem for path in HEADERS if path not in COMMON} == declared


def test_no_operator_names_what_all_share() -> None:
    shared = {path.stem for path in COMMON}
    assert not [n for n, opdef in OPDEFS.items() if shared.intersection(opdef.headers)]
