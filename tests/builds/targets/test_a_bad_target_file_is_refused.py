from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.targets import BadTarget, Target
from builds.targets.catalog import parse_target

GOOD = {
    "title": '"A core"',
    "kind": '"mcu"',
    "arch": '"thumb"',
    "cpu": '"cortex-m9"',
    "features": '["dsp"]',
    "triple": '"thumb-freestanding-eabi"',
    "cflags": "[]",
    "gnu_cflags": "[]",
    "emulators": '["unicorn:thumb:cortex-m4"]',
    "pointer_bytes": "4",
    "flash_bytes": "1024",
    "ram_bytes": "512",
}


def text(**changes: str | None) -> str:
    values = {**GOOD, **changes}
    return "\n".join(f"{key} = {value}" for key, value in values.items() if value is not None)


def test_a_complete_file_is_a_target() -> None:
    target = parse_target("m9", text())
    assert target.name == "m9"
    assert target.features == frozenset({"dsp"})
    assert target.flash_bytes == 1024


@pytest.mark.parametrize("field", sorted(GOOD))
def test_a_missing_field_is_named(field: str) -> None:
    with pytest.raises(BadTarget, match=field):
        parse_target("m9", text(**{field: None}))


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(BadTarget, match="speed"):
        parse_target("m9", text(speed="3"))


@pytest.mark.parametrize("field", ["title", "kind", "arch", "cpu", "triple"])
@pytest.mark.parametrize("value", ["3", '""', "[]"])
def test_a_text_must_be_a_text(field: str, value: str) -> None:
    with pytest.raises(BadTarget, match=field):
        parse_target("m9", text(**{field: value}))


@pytest.mark.parametrize("field", ["features", "cflags", "gnu_cflags", "emulators"])
@pytest.mark.parametrize("value", ['"dsp"', "[1]", "3"])
def test_a_list_must_hold_texts(field: str, value: str) -> None:
    with pytest.raises(BadTarget, match=field):
        parse_target("m9", text(**{field: value}))


@pytest.mark.parametrize("field", ["pointer_bytes", "flash_bytes", "ram_bytes"])
@pytest.mark.parametrize("value", ["0", "-1", '"4"', "4.0", "true"])
def test_a_size_must_be_a_positive_number(field: str, value: str) -> None:
    with pytest.raises(BadTarget, match=field):
        parse_target("m9", text(**{field: value}))


def test_kinds_and_architectures_are_known_ones() -> None:
    with pytest.raises(BadTarget, match="kind"):
        parse_target("m9", text(kind='"fpga"'))
    with pytest.raises(BadTarget, match="arch"):
        parse_target("m9", text(arch='"z80"'))


@pytest.mark.parametrize("engine", ["qemu", "qemu:board", "qemu::cpu", "a:b:c:d"])
def test_an_emulator_has_three_parts(engine: str) -> None:
    with pytest.raises(BadTarget, match="emulator"):
        parse_target("m9", text(emulators=f'["{engine}"]'))


@given(st.text(max_size=200))
def test_no_text_raises_anything_else(anything: str) -> None:
    with suppress(BadTarget):
        assert isinstance(parse_target("any", anything), Target)
