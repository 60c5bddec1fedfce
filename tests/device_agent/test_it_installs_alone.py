"""``pip install ./device_agent`` in an empty environment gives a working agent and little else."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_SECONDS

SOURCE = Path(__file__).parents[2] / "device_agent"
FOREIGN = ("django", "tensorflow", "numpy", "celery", "boto3", "fleet", "builds", "tuf")
PROBE = f"""
import sys, device_agent.__main__, device_agent.telemetry.recorder, device_agent.slot_runner
import device_agent.model.input_source
print([name for name in {FOREIGN!r} if name in sys.modules])
"""


def run(*command: str | Path, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        env={name: v for name, v in os.environ.items() if not name.startswith("PYTHON")},
    )


@pytest.mark.e2e
def test_it_installs_and_runs_alone(tmp_path: Path) -> None:
    source = tmp_path / "device_agent"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("build", "__pycache__", "*.egg*"))
    made = run(sys.executable, "-m", "venv", "venv", cwd=tmp_path)
    if made.returncode != 0:
        pytest.skip("the venv module of this Python cannot make an environment with pip")
    python = tmp_path / "venv" / "bin" / "python"
    installed = run(python, "-m", "pip", "install", "--quiet", "./device_agent", cwd=tmp_path)
    if installed.returncode != 0 and "No matching distribution" in installed.stderr:
        pytest.skip("pip reaches no package index")
    assert installed.returncode == 0, installed.stderr
    agent = tmp_path / "venv" / "bin" / "edgefleet-agent"
    assert run(agent, "--version", cwd=tmp_path).stdout.strip()
    nowhere = run(agent, "--state-dir", tmp_path / "nowhere", "status", cwd=tmp_path)
    assert nowhere.returncode == 3
    probed = run(python, "-I", "-c", PROBE, cwd=tmp_path)
    assert probed.stdout.strip() == "[]", probed.stderr


def test_importing_the_agent_imports_nothing_heavy() -> None:
    home = sysconfig.get_paths()["purelib"]
    code = f"import sys; sys.path[:0] = [{str(SOURCE.parent)!r}, {home!r}]; {PROBE}"
    probed = run(sys.executable, "-I", "-c", code.replace("; \n", "\n"), cwd=SOURCE.parent)
    assert probed.stdout.strip() == "[]", probed.stderr


def test_the_protocol_alone_needs_no_network_library() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(SOURCE.parent)!r})\n"
        "import device_agent.protocol.instruction, device_agent.protocol.frame\n"
        "import device_agent.protocol.bundle, device_agent.protocol.enrol\n"
        "print([m for m in ('urllib3', 'ssl', 'securesystemslib') if m in sys.modules])"
    )
    assert run(sys.executable, "-c", code, cwd=SOURCE.parent).stdout.strip() == "[]"
