from dataclasses import replace
from pathlib import Path

import pytest

from builds.verify import EngineUnavailable, golden_inputs, qemu
from builds.verify import child as child_module
from builds.verify.engines import attempt, run_emulator, run_host, run_tflm
from tests.builds.verify.subjects import BYTES16, subject

INPUTS = golden_inputs(BYTES16, vectors=1)
ABSENT = "import sys; sys.stderr.write('the package is not usable here\\n'); sys.exit(69)"


@pytest.fixture
def no_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for script in ("tflm", "unicorn_cpu"):
        (tmp_path / f"{script}.py").write_text(ABSENT)
    monkeypatch.setattr(child_module, "CHILDREN", tmp_path)


@pytest.fixture
def no_qemu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    qemu.qemu_version.cache_clear()


@pytest.mark.usefixtures("no_packages")
def test_a_missing_reference_says_so(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="not usable here"):
        attempt(run_tflm, subject(tmp_path), INPUTS)


@pytest.mark.toolchain
@pytest.mark.usefixtures("no_packages", "no_qemu")
def test_all_emulators_that_were_tried_are_named(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable) as caught:
        attempt(run_emulator, subject(tmp_path), INPUTS)
    assert "qemu-system-arm is not installed" in str(caught.value)
    assert "the package is not usable here" in str(caught.value)


@pytest.mark.toolchain
@pytest.mark.emulator
@pytest.mark.usefixtures("no_qemu")
def test_without_qemu_unicorn_serves(tmp_path: Path) -> None:
    assert run_emulator(subject(tmp_path), INPUTS).facts["engine"].startswith("unicorn")


def test_a_target_without_emulators_says_so(tmp_path: Path) -> None:
    what = subject(tmp_path)
    bare = replace(what, target=replace(what.target, emulators=()))
    with pytest.raises(EngineUnavailable, match="has no emulator"):
        run_emulator(bare, INPUTS)


def test_an_emulator_nobody_wrote_is_named(tmp_path: Path) -> None:
    what = subject(tmp_path)
    odd = replace(what, target=replace(what.target, emulators=("bochs:pc:386",)))
    with pytest.raises(EngineUnavailable, match="bochs"):
        run_emulator(odd, INPUTS)


def test_a_host_that_cannot_run_it_says_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "s390x")
    with pytest.raises(EngineUnavailable, match="s390x"):
        run_host(subject(tmp_path), INPUTS)


def test_a_missing_compiler_is_unavailable_not_unequal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = replace(subject(tmp_path), compiler="gnu")
    monkeypatch.setenv("PATH", str(tmp_path))
    qemu.qemu_version.cache_clear()
    with pytest.raises(EngineUnavailable, match="not installed"):
        attempt(run_emulator, what, INPUTS)
