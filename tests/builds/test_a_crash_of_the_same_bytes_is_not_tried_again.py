"""What breaks TensorFlow is refused at once for the next target, the next version, the next try."""

from pathlib import Path
from typing import Any

import pytest

from builds.jailed.errors import ChildCrashed, ChildStopped
from builds.models import QuantizeCrash
from builds.pipeline import quantise as pipeline_quantise
from builds.pipeline.inputs import version_inputs
from builds.pipeline.quantise import int8_model_make
from registry.models import ModelVersion
from tests.builds import makers

pytestmark = pytest.mark.django_db
SENTENCE = "TensorFlow crashed (SIGSEGV) on this model."


def ends_as(monkeypatch: pytest.MonkeyPatch, error: Exception) -> list[int]:
    tries: list[int] = []

    def make(version: ModelVersion, datasets: Any, folder: Path) -> None:
        tries.append(version.pk)
        raise error

    monkeypatch.setattr(pipeline_quantise, "_as_quantised", make)
    return tries


def test_a_crash_is_remembered_for_the_bytes_whatever_the_version_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = ends_as(monkeypatch, ChildCrashed(SENTENCE))
    versions = [makers.pending_version(label=label) for label in ("1.0", "1.1")]
    for version in (versions[0], versions[0], versions[1]):
        with pytest.raises(ChildCrashed, match="SIGSEGV"):
            int8_model_make(version_inputs(version), tmp_path)
    assert tries == [versions[0].pk]
    assert QuantizeCrash.objects.get().sentence == SENTENCE


def test_what_was_stopped_from_outside_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = ends_as(monkeypatch, ChildStopped("The child was ended."))
    version = makers.pending_version()
    for _ in range(2):
        with pytest.raises(ChildStopped):
            int8_model_make(version_inputs(version), tmp_path)
    assert len(tries) == 2
