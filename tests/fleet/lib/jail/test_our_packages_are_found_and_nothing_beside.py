"""A module of ours runs in the jail; the folder of the project, where var/ lies, is not listed."""

from pathlib import Path

import pytest

from builds.jailed.ending import RESULT
from fleet.lib.confine import landlock
from fleet.lib.jail import PROJECT_ROOT, Mode, jail_mode, python_command, python_env, run_jailed

MODES = [
    pytest.param(
        mode,
        marks=pytest.mark.only_where(
            jail_mode() is mode or (mode is Mode.LANDLOCK and landlock.version() > 0),
            reason="this machine lacks what the mode needs",
        ),
    )
    for mode in (Mode.NAMESPACES, Mode.LANDLOCK)
]


@pytest.mark.parametrize("mode", MODES)
def test_a_module_of_ours_runs(tmp_path: Path, mode: Mode) -> None:
    (tmp_path / "model.tflite").write_bytes(b"none")
    found = run_jailed(
        python_command("builds.sources.admission.child"),
        workdir=tmp_path,
        deadline_seconds=60,
        memory_bytes=1 << 30,
        env=python_env(),
        readable=[PROJECT_ROOT / "builds"],
        mode=mode,
    )
    assert found.ok, found.stderr
    assert "TFL3 is missing" in (tmp_path / RESULT).read_text()


@pytest.mark.parametrize("mode", MODES)
def test_the_project_is_not_listed(tmp_path: Path, mode: Mode) -> None:
    code = f"""
import os
for place in ({str(PROJECT_ROOT)!r}, os.environ['PYTHONPATH']):
    try:
        print(sorted(set(os.listdir(place)) - {{'fleet', 'builds', '.venv'}}))
    except OSError:
        print([])
"""
    found = run_jailed(
        [python_command("x")[0], "-c", code],
        workdir=tmp_path,
        deadline_seconds=60,
        memory_bytes=1 << 28,
        env=python_env(),
        readable=[PROJECT_ROOT / "builds"],
        mode=mode,
    )
    assert found.stdout == "[]\n[]\n", found
