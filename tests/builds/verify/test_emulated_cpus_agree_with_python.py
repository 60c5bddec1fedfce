from pathlib import Path

import pytest

from builds.targets import all_targets
from builds.toolchain.elf import Elf
from builds.toolchain.script import ENTRY_POINTS
from builds.verify import EngineUnavailable, golden_inputs
from builds.verify.engines import EMULATORS, run_emulator, run_host
from tests.builds.toolchain.sources import CLAMP, multiply
from tests.builds.verify.subjects import BYTES16, subject

pytestmark = [pytest.mark.toolchain, pytest.mark.emulator]
INPUTS = golden_inputs(BYTES16, vectors=8)
EXPECTED = [multiply(vector) for vector in INPUTS]
RUNS = [(target.name, spec) for target in all_targets() for spec in target.emulators]


@pytest.mark.parametrize(("name", "spec"), RUNS)
def test_an_emulated_cpu_computes_what_the_source_says(
    name: str, spec: str, tmp_path: Path
) -> None:
    engine, machine, cpu = spec.split(":")
    try:
        answer = EMULATORS[engine](subject(tmp_path, target=name), INPUTS, machine, cpu)
    except EngineUnavailable as error:
        pytest.skip(str(error))
    assert answer.outputs == EXPECTED
    assert engine == "wasmtime" or answer.facts["instructions"] > 16
    assert engine in answer.facts["engine"]


@pytest.mark.parametrize("name", ["cortex-m4f", "cortex-m0plus", "rv32imc", "linux-aarch64"])
def test_host_and_emulator_agree(name: str, tmp_path: Path) -> None:
    what = subject(tmp_path, CLAMP, target=name)
    assert run_host(what, INPUTS).outputs == run_emulator(what, INPUTS).outputs


def test_the_host_runs_what_the_source_says(tmp_path: Path) -> None:
    answer = run_host(subject(tmp_path), INPUTS)
    assert answer.outputs == EXPECTED
    assert answer.facts["engine"].startswith("clang ")


def test_single_precision_arithmetic_runs(tmp_path: Path) -> None:
    body = "for (int i = 0; i < 16; ++i) arena[16 + i] = int8_t(float(arena[i]) * 0.5f);"
    answer = run_emulator(subject(tmp_path, body), INPUTS)
    signed = [value - 256 if value > 127 else value for value in INPUTS[0]]
    assert answer.outputs[0] == bytes(int(value * 0.5) & 0xFF for value in signed)


def test_functions_may_begin_at_odd_addresses(tmp_path: Path) -> None:
    """x86-64 code for size is not aligned; only thumb marks functions with the lowest bit."""
    what = subject(tmp_path, CLAMP, target="linux-x86_64", cflags=("-Os",))
    assert run_emulator(what, INPUTS).outputs == run_host(what, INPUTS).outputs
    image = Elf((tmp_path / "target" / "model.elf").read_bytes())
    assert any(image.symbols[name] % 2 for name in ENTRY_POINTS)
