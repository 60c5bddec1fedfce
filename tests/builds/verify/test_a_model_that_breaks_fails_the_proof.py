import shutil
from pathlib import Path

import pytest

from builds.verify import EngineFailed, golden_inputs
from builds.verify import child as child_module
from builds.verify.child import run_engine
from builds.verify.engines import ProofEngine, attempt, run_emulator, run_host, run_tflm
from builds.verify.qemu import PROGRAM, run_qemu
from builds.verify.subject import Subject
from tests.builds.toolchain.sources import model
from tests.builds.verify.subjects import BYTES16, subject

pytestmark = [pytest.mark.toolchain, pytest.mark.emulator]
INPUTS = golden_inputs(BYTES16, vectors=2)
WILD = "*reinterpret_cast<volatile int *>(uintptr_t{0x7FFFF000}) = 1;"


@pytest.mark.parametrize("engine", [run_host, run_emulator])
def test_a_wild_write_is_a_failure(engine: ProofEngine, tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match=r"broke|fault"):
        attempt(engine, subject(tmp_path, WILD), INPUTS)


def test_a_wild_write_is_a_failure_in_unicorn_too(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="unicorn"):
        attempt(run_emulator, subject(tmp_path, WILD, target="rv32imc"), INPUTS)


@pytest.mark.parametrize("target", ["cortex-m4f", "rv32imc"])
def test_a_refused_start_is_a_failure(target: str, tmp_path: Path) -> None:
    with pytest.raises(EngineFailed):
        attempt(run_emulator, subject(tmp_path, init="3", target=target), INPUTS)
    with pytest.raises(EngineFailed, match="ef_init"):
        attempt(run_host, subject(tmp_path, init="3", target=target), INPUTS)


def test_a_refused_vector_is_a_failure(tmp_path: Path) -> None:
    what = subject(tmp_path, "if (arena[0] == -128) return 9;", target="rv32imc")
    with pytest.raises(EngineFailed, match="vector 1"):
        attempt(run_emulator, what, INPUTS)
    with pytest.raises(EngineFailed, match="vector 1"):
        attempt(run_host, what, INPUTS)


@pytest.mark.parametrize("target", ["cortex-m0plus", "rv32imc"])
def test_a_misaligned_word_is_a_failure_on_cores_that_trap(target: str, tmp_path: Path) -> None:
    hidden = 'auto *p = reinterpret_cast<uint32_t *>(arena + 17); __asm__("" : "+r"(p));'
    body = f"{hidden} *p = 1;"
    with pytest.raises(EngineFailed, match="misaligned access at 0x200000"):
        attempt(run_emulator, subject(tmp_path, body, target=target), INPUTS)


@pytest.mark.skipif(shutil.which(PROGRAM) is None, reason="qemu-system-arm is not installed")
def test_a_misaligned_double_is_a_failure_on_a_cortex_m4(tmp_path: Path) -> None:
    body = '__asm__ volatile("ldrd r2, r3, [%0]" ::"r"(arena + 1) : "r2", "r3");'
    text = model(f"\n#if defined(__arm__)\n{body}\n#endif\n")
    with pytest.raises(EngineFailed, match="broke on mps2-an386"):
        run_qemu(subject(tmp_path, text=text), INPUTS, "mps2-an386", "cortex-m4")


def test_code_that_does_not_compile_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="compiling"):
        attempt(run_host, subject(tmp_path, "nonsense"), INPUTS)


def test_an_endless_loop_ends_at_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builds.verify.engines.HOST_SECONDS", 1.0)
    with pytest.raises(EngineFailed, match="did not finish within 1 seconds"):
        attempt(run_host, subject(tmp_path, "for (volatile int i = 0;; ++i) {}"), INPUTS)


@pytest.mark.parametrize("data", [b"", b"\0" * 8, b"TFL3" * 100])
def test_a_file_that_is_no_model_fails_the_reference(data: bytes, tmp_path: Path) -> None:
    what = subject(tmp_path)
    broken = Subject(data, what.files, what.cflags, what.target, what.interface, tmp_path)
    with pytest.raises(EngineFailed, match="tflm"):
        attempt(run_tflm, broken, INPUTS)


WRITES = (
    "import sys, pathlib as p; d = p.Path(sys.argv[1]);"
    "(d / 'outputs.bin').write_bytes(b'1'); (d / 'answer.json').write_text('{}')"
)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("pass", "without an answer"),
        ("import os; os.kill(os.getpid(), 9)", "signal 9"),
        ("import sys; sys.exit('bad luck')", "bad luck"),
        (WRITES, "1 output bytes, not 32"),
        (WRITES.replace("{}", "{"), "without an answer"),
    ],
)
def test_whatever_an_engine_does_is_one_sentence(
    script: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd.py").write_text(script)
    monkeypatch.setattr(child_module, "CHILDREN", tmp_path)
    with pytest.raises(EngineFailed, match=sentence):
        run_engine("odd", BYTES16, INPUTS, files={}, options={}, deadline_seconds=30)
