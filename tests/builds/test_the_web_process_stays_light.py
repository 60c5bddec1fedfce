import json
import subprocess
import sys

from tests.waiting import PATIENCE_SECONDS

HEAVY = ("tensorflow", "tflite_micro", "unicorn", "numpy", "builds.compiler", "builds.verify")
SCRIPT = """
import json, sys, django
django.setup()
import builds.api.urls, builds.admin
print(json.dumps(sorted(sys.modules)))
"""


def test_asking_for_builds_loads_no_compiler_and_no_tensorflow() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=True,
        text=True,
    )
    loaded = set(json.loads(done.stdout))
    assert "builds.services" in loaded
    assert not loaded & set(HEAVY)
