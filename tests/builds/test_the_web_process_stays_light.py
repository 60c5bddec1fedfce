import json
import subprocess
import sys

from tests.waiting import PATIENCE_SECONDS

HEAVY = ("tensorflow", "tflite_micro", "unicorn", "numpy", "builds.compiler", "builds.verify")
SCRIPT = """
import json, sys, django
django.setup()
import MODULES
print(json.dumps(sorted(sys.modules)))
"""


# A worker of builds starts them, and reads no model itself.
READERS = (
    "builds.compiler",
    "builds.verify",
    "builds.export",
    "builds.pipeline.stages.make",
)


def loaded_with(modules: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("MODULES", modules)],
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=True,
        text=True,
    )
    return set(json.loads(done.stdout))


def test_asking_for_builds_loads_no_compiler_and_no_tensorflow() -> None:
    loaded = loaded_with("builds.api.urls, builds.admin")
    assert "builds.services" in loaded
    assert not loaded & set(HEAVY)


def test_a_worker_of_builds_holds_no_reader_of_models() -> None:
    loaded = loaded_with("builds.tasks")
    assert "builds.pipeline.run" in loaded
    assert not loaded & set(READERS)
