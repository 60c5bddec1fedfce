"""The demonstration's numbers mean something only if nothing is trained on what it is judged by."""

from pathlib import Path

import numpy as np
import pytest

from fleet.demo import digits
from fleet.demo.digits import Images, Labels

Parts = dict[str, tuple[Images, Labels]]


@pytest.fixture(scope="module")
def parts() -> Parts:
    return digits.split(*digits.load())


def keys(parts: Parts, name: str) -> set[bytes]:
    return {image.tobytes() for image in parts[name][0]}


def test_nothing_is_judged_by_what_it_was_trained_on(parts: Parts) -> None:
    assert not keys(parts, "train") & keys(parts, "evaluation")
    assert not keys(parts, "train") & keys(parts, "field")
    assert not keys(parts, "evaluation") & keys(parts, "field")


def test_the_reference_is_a_sample_of_what_cameras_see(parts: Parts) -> None:
    assert keys(parts, "reference") < keys(parts, "field")
    assert len(parts["reference"][0]) == digits.REFERENCE
    assert len(parts["field"][0]) > digits.REFERENCE


def test_every_part_has_every_digit_and_pixels_from_zero_to_one(parts: Parts) -> None:
    for images, labels in parts.values():
        assert set(labels) == set(range(10))
        assert images.shape[1:] == (8, 8, 1)
        assert images.min() >= 0
        assert images.max() <= 1


def test_the_worse_version_sees_the_same_pixels_and_learns_from_fewer() -> None:
    good, fewer, other = digits.VERSIONS.values()
    assert fewer.pipeline == good.pipeline != other.pipeline
    assert 0 < fewer.images < good.images == digits.TRAIN


def test_the_files_hold_both_pipelines_and_the_cameras_images(tmp_path: Path) -> None:
    digits.write(tmp_path)
    camera = np.load(tmp_path / "camera-evaluation.npz")
    centred = np.load(tmp_path / "centred-evaluation.npz")
    assert np.array_equal(centred["x"], camera["x"] * 2 - 1)
    assert np.array_equal(centred["y"], camera["y"])
    field = np.fromfile(tmp_path / "field.f32", "<f4").reshape(-1, 64)
    assert len(field) == 1797 - digits.TRAIN - digits.EVALUATION
