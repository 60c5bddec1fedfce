"""Layout files: a bad one never becomes a Layout, a hole never ships."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.export import ExportError, export_archive, layouts, load_layout
from builds.export.layout import fill, parse_layout
from tests.builds.export.exports import LAYOUTS, material

GOOD = """\
title = "T"
suffixes = [".zip"]
root = ""
chip_folder = ""
arches = ["thumb"]
asks = ["url"]
embeddings = ["hook"]
[copied]
a = "model.h"
[written]
b = "x"
"""


def test_the_layouts_are_the_ones_that_people_ask_for() -> None:
    assert tuple(layouts()) == tuple(sorted((*LAYOUTS, "image", "slot", "tflm")))


def test_a_good_file_is_read() -> None:
    layout = parse_layout("mine", GOOD)
    assert (layout.title, layout.suffixes, layout.root) == ("T", (".zip",), "")
    assert (dict(layout.copied), dict(layout.written)) == ({"a": "model.h"}, {"b": "x"})


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('root = ""\n', "", "missing or unknown fields: root"),
        ('root = ""\n', 'root = ""\nmore = 1\n', "missing or unknown fields: more"),
        ('title = "T"', "title = 3", "title must be a str"),
        ('[".zip"]', "[]", "suffixes must be"),
        ('[".zip"]', '[".exe"]', "suffixes must be"),
        ("[copied]", "[copied", "Layout mine"),
        ('["thumb"]', '["z80"]', "arches must be some of"),
        ('["url"]', '["fax"]', "asks must be some of url"),
        ('["hook"]', '["crook"]', "embeddings must be some of hook"),
    ],
)
def test_a_bad_file_is_refused(old: str, new: str, why: str) -> None:
    with pytest.raises(ExportError, match=why):
        parse_layout("mine", GOOD.replace(old, new))


@given(st.text(max_size=200))
def test_any_text_is_a_layout_or_refused(text: str) -> None:
    with pytest.raises(ExportError):
        parse_layout("any", text)


def test_an_unknown_layout_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ExportError, match="no layout 'keil'; the layouts are: arduino, cmsis-pack"):
        load_layout("keil")


def test_a_text_with_an_unknown_word_never_ships() -> None:
    assert fill("a @x@ b", {"x": "1"}) == "a 1 b"
    with pytest.raises(ExportError, match="names @y@"):
        fill("@y@", {"x": "1"})


def test_a_layout_of_the_interpreter_needs_its_sources() -> None:
    with pytest.raises(ExportError, match="which this export does not have"):
        export_archive(material(), "tflm")


def test_a_layout_is_packed_as_its_tools_expect() -> None:
    with pytest.raises(ExportError, match=r"The CMSIS pack is packed as \.pack or \.zip"):
        export_archive(material(), "cmsis-pack", suffix=".tar")
