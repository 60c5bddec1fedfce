"""Every layout holds what the tools of its ecosystem read, and says what they expect there."""

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from builds.export import ExportError, export_archive, lay_out, load_layout
from builds.export.texts.publication import Publication
from tests.builds.export.exports import LAYOUTS, PAGE, material, members, text, tflm_material

SLUG = "gear_wear_2"


def properties(content: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in content.splitlines() if line)


def loaded(layout: str, path: str) -> Any:
    return yaml.safe_load(text(layout, path))


@pytest.mark.parametrize("layout", [*LAYOUTS, "tflm"])
def test_nothing_is_left_to_fill_in(layout: str) -> None:
    for path, data in members(layout).items():
        assert b"\r" not in data or path.endswith(".bin"), path
        if not path.endswith(".bin"):
            assert not re.search(r"@[A-Za-z_]+@", data.decode()), path
            assert data.endswith(b"\n"), path


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_sources_are_the_compilers_own(layout: str) -> None:
    held = set(members(layout).values())
    contents = material(layout).contents()
    assert {contents[name] for name in ("model.h", "model.cc", "golden.h", "golden.bin")} <= held


@pytest.mark.parametrize("layout", [*LAYOUTS, "tflm"])
def test_equal_material_gives_equal_archives(layout: str) -> None:
    made = tflm_material() if layout == "tflm" else material(layout)
    assert export_archive(made, layout) == export_archive(made, layout)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_readme_tells_the_memory(layout: str) -> None:
    readme = text(layout, "README.md")
    figures = material(layout).figures
    assert f"| RAM: arena | {figures.arena_bytes:,} bytes |" in readme
    assert f"| flash: weights and tables | {figures.weights_bytes:,} bytes |" in readme
    assert "| input 2 | int8 | 1x6 | 6 |" in readme
    assert material(layout).target in readme


def test_the_source_readme_shows_ten_lines() -> None:
    example = text("sources", "README.md").split("```c\n")[1].split("```")[0]
    body = example.split("\n\n")[1].strip().splitlines()
    assert len(body) <= 10
    for name in ("ef_init", "ef_input", "ef_invoke", "ef_output"):
        assert name in example


def test_an_arduino_library_has_its_properties() -> None:
    read = properties(text("arduino", "library.properties"))
    for key in ("author", "maintainer", "sentence", "paragraph", "url"):
        assert read[key]
    assert (read["name"], read["version"], read["architectures"]) == (SLUG, "1.4.0", "*")
    assert f"src/{read['includes']}" in members("arduino")
    assert read["category"] == "Data Processing"  # one of the eleven that the library manager has
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,62}", read["name"])
    assert (read["url"], read["license"]) == (PAGE, "MIT")
    assert "depends" not in read


def test_arduino_finds_sources_and_sketches_where_it_looks() -> None:
    held = members("arduino")
    assert {"src/model.h", "src/model.cpp", "src/golden.h"} <= set(held)
    for path in held:
        if path.endswith(".ino"):
            _, folder, sketch = path.split("/")
            assert sketch == f"{folder}.ino"
    assert all("\t" in line for line in text("arduino", "keywords.txt").splitlines())


def test_a_zephyr_module_names_its_build_files() -> None:
    module = loaded("zephyr", "zephyr/module.yml")
    assert module["name"] == SLUG
    assert module["build"] == {"cmake": ".", "kconfig": "Kconfig"}
    held = members("zephyr")
    assert {"CMakeLists.txt", "Kconfig", "src/model.cc"} <= set(held)
    assert any(path.startswith(f"{module['samples'][0]}/") for path in held)
    sample = loaded("zephyr", "samples/golden_check/sample.yaml")
    assert sample["tests"][f"sample.edgefleet.{SLUG}"]["harness"] == "console"


def test_zephyr_compiles_the_module_by_its_option() -> None:
    option = "EDGEFLEET_GEAR_WEAR_2"
    assert f"config {option}\n\tbool " in text("zephyr", "Kconfig")
    assert f"if(CONFIG_{option})" in text("zephyr", "CMakeLists.txt")
    assert f"CONFIG_{option}=y" in text("zephyr", "samples/golden_check/prj.conf")
    project = loaded("zephyr", "west-hint.yml")["manifest"]["projects"][0]
    assert (project["name"], project["revision"]) == (SLUG, "v1.4.0")


def test_an_esp_component_registers_its_sources() -> None:
    manifest = loaded("esp-idf", "idf_component.yml")
    assert manifest["version"] == "1.4.0"
    assert set(manifest["dependencies"]) == {"idf"}
    cmake = text("esp-idf", "CMakeLists.txt")
    assert 'idf_component_register(\n  SRCS "src/model.cc" "src/model_info.cc"\n' in cmake
    assert '    "ef/ef_recorder.cc"\n' in cmake
    assert '  INCLUDE_DIRS "include" "ef"' in cmake
    example = loaded("esp-idf", "examples/golden_check/main/idf_component.yml")
    assert set(example["dependencies"]) == {SLUG}


def test_an_esp_component_has_the_licence_that_its_registry_asks_for() -> None:
    assert "claims no right" in text("esp-idf", "LICENSE.txt")


def test_a_cmsis_pack_says_by_which_name_its_tools_take_it() -> None:
    assert f"cpackget add EdgeFleet.{SLUG}.1.4.0.pack" in text("cmsis-pack", "README.md")


def test_a_cmsis_pack_describes_files_that_it_holds() -> None:
    held = members("cmsis-pack")
    package = ET.fromstring(held[f"EdgeFleet.{SLUG}.pdsc"])
    assert package.findtext("vendor") == "EdgeFleet"
    assert package.findtext("name") == SLUG
    assert [item.tag for item in package][:5] == ["vendor", "name", "description", "url", "license"]
    release = package.find("releases/release")
    component = package.find("components/component")
    assert release is not None
    assert component is not None
    assert release.get("version") == component.get("Cversion") == "1.4.0"
    conditions = {item.get("id") for item in package.iterfind("conditions/condition")}
    assert component.get("condition") in conditions
    files = {item.get("name"): item.get("category") for item in component.iterfind("files/file")}
    assert set(files) | {package.findtext("license")} <= set(held)
    assert files["src/model.cc"] == "sourceCpp"


def test_a_pack_has_its_description_at_the_top() -> None:
    assert load_layout("cmsis-pack").suffixes[0] == ".pack"
    with zipfile.ZipFile(io.BytesIO(export_archive(material(), "cmsis-pack"))) as archive:
        assert [name for name in archive.namelist() if name.endswith(".pdsc")] == [
            f"EdgeFleet.{SLUG}.pdsc"
        ]


@pytest.mark.parametrize("layout", ["sources", "arduino", "zephyr", "esp-idf"])
def test_other_archives_hold_one_folder(layout: str) -> None:
    with zipfile.ZipFile(io.BytesIO(export_archive(material(layout), layout))) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {SLUG}


def test_each_build_system_asks_for_the_interpreter_in_its_way() -> None:
    assert "depends" not in properties(text("tflm", "library.properties"))
    assert loaded("tflm", "zephyr/module.yml")["build"]["depends"] == ["tflite-micro"]
    assert "depends on TENSORFLOW_LITE_MICRO" in text("tflm", "Kconfig")
    assert "espressif/esp-tflite-micro" in loaded("tflm", "idf_component.yml")["dependencies"]
    project = loaded("tflm", "west-hint.yml")["manifest"]["projects"][0]
    assert project["name"] == "tflite-micro"
    assert "TFLM_INCLUDE_DIRS" in text("tflm", "CMakeLists.txt")


def test_facts_that_nobody_gave_leave_no_line() -> None:
    bare = replace(material(), publication=Publication(url=PAGE))
    held = lay_out(load_layout("arduino"), bare)["library.properties"].decode()
    assert "license" not in properties(held)  # an index refuses a licence that SPDX does not list
    for layout, path in (("esp-idf", "idf_component.yml"), ("cmsis-pack", "EdgeFleet.{}.pdsc")):
        made = replace(material(layout), publication=Publication())
        told = lay_out(load_layout(layout), made)[path.format(SLUG)].decode()
        assert "license: " not in told
        assert "date=" not in told
        assert "example" not in told


def test_a_pack_names_its_vendor_page_and_day() -> None:
    facts = Publication(url=f"{PAGE}?a=1&b=2", released="2026-11-30", vendor="Acme")
    made = replace(material(), publication=facts)
    package = ET.fromstring(lay_out(load_layout("cmsis-pack"), made)[f"Acme.{SLUG}.pdsc"])
    release = package.find("releases/release")
    assert release is not None
    assert (package.findtext("vendor"), release.get("date")) == ("Acme", "2026-11-30")
    assert package.findtext("url") == f"{PAGE}?a=1&b=2"


@pytest.mark.parametrize("layout", ["arduino", "cmsis-pack", "sources", "zephyr"])
def test_a_name_beyond_ascii_survives_where_people_read(layout: str) -> None:
    made = replace(material(layout), name="Zähler <für> 模型 & Öl")
    held = lay_out(load_layout(layout), made)
    assert held["README.md"].decode().startswith("# Zähler <für> 模型 & Öl 1.4.0")
    info = next(data.decode() for path, data in held.items() if "model_info.h" in path)
    assert r"Z\303\244hler <f\303\274r>" in info
    if layout == "cmsis-pack":
        package = ET.fromstring(held["EdgeFleet.zahler_fur_ol.pdsc"])
        assert "Zähler <für> 模型 & Öl" in (package.findtext("description") or "")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_desktop_s_target_has_no_place_in_a_microcontroller_s_ecosystem(layout: str) -> None:
    desktop = replace(material(layout), target="linux-x86_64")
    if layout == "sources":
        assert lay_out(load_layout(layout), desktop)
        return
    with pytest.raises(ExportError, match="not for one of x86_64"):
        lay_out(load_layout(layout), desktop)


@given(st.text(max_size=60))
def test_a_fact_is_checked_or_refused(text: str) -> None:
    for field in ("url", "licence", "released", "vendor"):
        with suppress(ExportError):
            kept = getattr(Publication(**{field: text}), field)
            assert not set(kept) & set("<>\"'\n\r")
