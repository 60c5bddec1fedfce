"""The camera that a device's owner would write: images through a gain that can be turned."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fleet.demo import camera


@dataclass(frozen=True)
class Options:
    feed_options: Mapping[str, Any]


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Options:
    monkeypatch.setattr(camera, "RATE", 1e9)
    pixels = array("f", [0.25] * camera.PIXELS + [0.75] * camera.PIXELS)
    (tmp_path / "images").write_bytes(pixels.tobytes())
    (tmp_path / "gain").write_text("1.0")
    return Options({"images": tmp_path / "images", "gain": tmp_path / "gain", "seed": 3})


def test_frames_are_the_images_in_a_shuffled_order(options: Options) -> None:
    feed = camera.frames(options)
    seen = {frame[0] for frame in (next(feed) for _ in range(50))}
    assert seen == {0.25, 0.75}


def test_the_same_seed_gives_the_same_frames(options: Options) -> None:
    one, two = camera.frames(options), camera.frames(options)
    assert [next(one) for _ in range(20)] == [next(two) for _ in range(20)]


def test_a_turned_gain_shows_within_some_frames_and_light_saturates(options: Options) -> None:
    feed = camera.frames(options)
    next(feed)
    options.feed_options["gain"].write_text("2.0")
    later = [next(feed) for _ in range(50)][camera.LOOK_EVERY :]
    assert {frame[0] for frame in later} == {0.5, 1.0}
