"""A `.pt2` file with its datasets, through admission and a build, in the jail."""

import subprocess
from pathlib import Path

import pytest

from builds.jailed.environments import LITERT, PYTORCH
from builds.models import Int8Model
from fleet.lib.jobs import JobState
from tests.builds import makers
from tests.builds.sources.pushed import admitted, run
from tests.waiting import PATIENCE_SECONDS

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.toolchain,
    pytest.mark.only_where(
        LITERT.installed and PYTORCH.installed,
        "manage.py converters install pytorch makes what it needs",
    ),
]
MAKE_MODEL = """
import sys, torch
torch.manual_seed(1)
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(2, 8, 3, stride=2, padding=1)
        self.deep = torch.nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.last = torch.nn.Linear(8, 3)
    def forward(self, x):
        x = torch.relu(self.deep(torch.relu(self.conv(x))))
        return torch.softmax(self.last(x.mean((2, 3))), 1)
sample = (torch.zeros(1, 2, 8, 8),)
torch.export.save(torch.export.export(Net().eval(), sample), sys.argv[1])
"""


@pytest.fixture
def exported(tmp_path: Path) -> bytes:
    path = tmp_path / "model.pt2"
    argv = [str(PYTORCH.home() / "bin/python"), "-c", MAKE_MODEL, str(path)]
    subprocess.run(argv, check=True, timeout=PATIENCE_SECONDS, capture_output=True)
    return path.read_bytes()


def test_it_is_converted_measured_and_proved(exported: bytes) -> None:
    version = admitted(exported, (8, 8, 2), "calibration", "evaluation")
    assert version.format == "pt2"
    assert version.io_schema["inputs"][0]["shape"] == [1, 8, 8, 2]
    build = run(makers.request(version, "cortex-m4f"))
    assert build.state == JobState.SUCCEEDED, build.failure
    assert build.report is not None
    assert build.report["proved"]
    int8 = Int8Model.objects.get()
    assert int8.converter.startswith("litert-torch 0.10.0, torch 2.13.0")
    assert int8.quantize_report["int8_metrics"]["agreement"] > 0.9
    assert set(version.evaluations.values_list("engine", flat=True)) == {"float", "int8"}
