import pytest

from builds.targets import Kind, Target, all_targets, load_target, target_names

ISSUED = {
    "cortex-m0plus",
    "cortex-m3",
    "cortex-m33f",
    "cortex-m4f",
    "cortex-m55",
    "cortex-m7f",
    "linux-aarch64",
    "linux-x86_64",
    "rv32imc",
    "wasm32",
    "wasm32-simd",
}


def test_the_promised_targets_are_there() -> None:
    assert set(target_names()) == ISSUED


def test_names_come_sorted() -> None:
    assert list(target_names()) == sorted(target_names())
    assert [target.name for target in all_targets()] == list(target_names())


@pytest.mark.parametrize("name", sorted(ISSUED))
def test_a_target_is_what_its_name_says(name: str) -> None:
    target = load_target(name)
    assert isinstance(target, Target)
    assert target.name == name
    assert target.title
    assert target.ram_bytes <= target.flash_bytes


@pytest.mark.parametrize("name", ["cortex-m4f", "cortex-m7f", "cortex-m33f", "cortex-m55"])
def test_cores_with_dsp_instructions_say_so(name: str) -> None:
    assert {"dsp", "fpu"} <= load_target(name).features


@pytest.mark.parametrize("name", ["cortex-m0plus", "cortex-m3", "rv32imc"])
def test_plain_cores_claim_no_extension(name: str) -> None:
    assert load_target(name).features == frozenset()


def test_only_the_m55_has_vectors_of_its_class() -> None:
    assert [target.name for target in all_targets() if "mve" in target.features] == ["cortex-m55"]


def test_kinds_split_firmware_from_hosts() -> None:
    kinds = {target.name: target.kind for target in all_targets()}
    assert kinds["cortex-m4f"] is Kind.MCU
    assert kinds["linux-x86_64"] is Kind.LINUX
    assert kinds["wasm32"] is kinds["wasm32-simd"] is Kind.WASM


def test_pointers_follow_the_architecture() -> None:
    wide = {target.name for target in all_targets() if target.pointer_bytes == 8}
    assert wide == {"linux-aarch64", "linux-x86_64"}


def test_every_microcontroller_has_an_emulator() -> None:
    assert all(target.emulators for target in all_targets() if target.kind is Kind.MCU)


def test_a_target_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        load_target("cortex-m4f").flash_bytes = 1  # type: ignore[misc]
