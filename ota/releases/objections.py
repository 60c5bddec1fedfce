"""What a version must show before it may leave the house: proved builds, and accuracy kept.

Pure: takes the numbers, returns sentences; an empty list means it may go.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What the release gates read of one target's build."""

    target: str
    proof_equal: bool
    float_accuracy: float | None
    int8_accuracy: float | None
    counter: int = 0  # of the release
    image_counter: int | None = None  # in the image; None where the target has none


def objections(builds: Sequence[BuildFacts], drop_max: float, modules: int = 0) -> list[str]:
    """Return one sentence for each reason not to publish; `modules` are of other makers."""
    if not builds:
        return [] if modules else ["no target has a finished build to release"]
    unproved = [
        f"the build for {b.target} is not proved equal" for b in builds if not b.proof_equal
    ]
    return unproved + counter_objections(builds) + _accuracy(builds[0], drop_max)


def counter_objections(builds: Sequence[BuildFacts]) -> list[str]:
    """Return one sentence for each image that a bootloader would take for another release's."""
    return [
        f"the image for {b.target} carries security counter {b.image_counter}, and the release has "
        f"{b.counter}: its next build carries it"
        for b in builds
        if b.image_counter is not None and b.image_counter != b.counter
    ]


def _accuracy(build: BuildFacts, drop_max: float) -> list[str]:
    """Return the int8 model of one target: all targets run the same one."""
    if build.float_accuracy is None or build.int8_accuracy is None:
        return []
    drop = build.float_accuracy - build.int8_accuracy
    if drop <= drop_max + 1e-9:
        return []
    lost = f"int8 accuracy is {build.int8_accuracy:.4f}, {drop:.4f} below float"
    return [f"{lost}; at most {drop_max:.4f} is allowed"]
