"""The security counter in the MCUboot image that a release ships is the release's own."""

import subprocess
import sys
from pathlib import Path

import pytest

from builds.models import Build
from builds.pipeline.run import build_run
from fleet.lib.actor import Actor, ActorKind
from fleet.lib.errors import Conflict, Unprocessable
from fleet.lib.jobs import JobState
from ota import services
from ota.models import Release
from ota.releases.counters import security_counter
from ota.releases.objections import BuildFacts, counter_objections
from registry import blobs
from registry.models import ModelVersion
from registry.services import version_admit
from tests.builds import makers as builds
from tests.ota import makers
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db
MODELS = Path(__file__).parents[3] / "shared" / "models"
HELLO = MODELS / "hello_world_int8.tflite"
MCU, LINUX = "cortex-m4f", makers.TARGET
BOB = Actor(ActorKind.USER, "8", "bob")


def counter_of(build: Build) -> object:
    return build.recipe.get("security_counter")


def published(release: Release) -> Release:
    services.release_approve(by=BOB, release=release)
    return services.release_publish(by=SYSTEM, release=release)


def dumped(folder: Path, image: bytes) -> str:
    """What imgtool itself says of an image."""
    path = folder / "image.bin"
    path.write_bytes(image)
    tool = Path(sys.executable).with_name("imgtool")
    done = subprocess.run([tool, "dumpinfo", path], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.toolchain
@pytest.mark.skipif(not HELLO.exists(), reason="the shared models are not beside the project")
@pytest.mark.parametrize(("wanted", "shown"), [(None, "0x1"), (7, "0x7")])
def test_imgtool_reads_it_in_what_is_shipped(
    tmp_path: Path, wanted: int | None, shown: str
) -> None:
    pending = builds.pending_version(HELLO.read_bytes())
    version = version_admit(version=pending, io_schema=builds.IO_SCHEMA, ops={}, by=SYSTEM)
    build_run(build_id=builds.request(version, MCU).pk)
    release = services.release_create(by=SYSTEM, version=version, counter=wanted)
    for build in Build.objects.filter(state=JobState.QUEUED):
        build_run(build_id=build.pk)
    shipped = published(release).artifacts.get(target=MCU)
    text = dumped(tmp_path, blobs.read(shipped.sha256)).lower()
    record = text.partition("sec_cnt")[2].partition("#")[0]
    assert release.counter == int(shown, 16)
    assert release.counter.to_bytes(4, "little").hex(" ") in record.replace("0x", "")


def test_a_build_carries_what_its_release_will_have() -> None:
    services.release_create(by=SYSTEM, version=makers.version("1.0"), counter=5)
    version = makers.version("1.1", targets=(MCU, LINUX))
    found = {build.target: counter_of(build) for build in version.builds.all()}
    assert found == {MCU: 5, LINUX: None}
    assert services.release_create(by=SYSTEM, version=version).counter == 5
    assert version.builds.count() == 2


def test_a_release_that_raises_it_has_its_images_built_again() -> None:
    version = makers.version("1.0", targets=(MCU, LINUX))
    release = services.release_create(by=SYSTEM, version=version, counter=3)
    new = version.builds.get(state=JobState.QUEUED)
    assert (new.target, counter_of(new)) == (MCU, 3)
    with pytest.raises(Unprocessable, match="carries security counter 1, and the release has 3"):
        published(release)
    builds.run(new)
    release.refresh_from_db()
    services.release_publish(by=SYSTEM, release=release)
    artifact = release.artifacts.get(target=MCU).artifact
    assert artifact is not None
    assert artifact.build == new


def test_the_same_recipe_is_kept() -> None:
    version = makers.version("1.0", targets=())
    builds.run(builds.request(version, MCU, optimise="size", weights="apart"))
    services.release_create(by=SYSTEM, version=version, counter=2)
    recipes = [build.recipe for build in version.builds.order_by("pk")]
    assert recipes[1] == recipes[0] | {"security_counter": 2}


def test_what_was_built_before_images_carried_one_is_built_again() -> None:
    version = old_version()
    release = services.release_create(by=SYSTEM, version=version)
    with pytest.raises(Unprocessable, match="carries security counter 0, and the release has 1"):
        published(release)
    builds.run(version.builds.get(state=JobState.QUEUED))
    release.refresh_from_db()
    services.release_publish(by=SYSTEM, release=release)


def old_version() -> ModelVersion:
    version = makers.version("1.0", targets=(MCU,))
    old = version.builds.get()
    plain = {key: value for key, value in old.recipe.items() if key != "security_counter"}
    Build.objects.filter(pk=old.pk).update(recipe=plain, cache_key="of an older release of ours")
    return version


def test_nobody_signs_for_an_image_that_will_be_replaced() -> None:
    release = services.release_create(by=SYSTEM, version=old_version())
    with pytest.raises(Conflict, match="nothing to sign yet"):
        services.release_approve(by=BOB, release=release, envelope={})


def test_after_a_revocation_the_counter_does_not_go_down() -> None:
    version = makers.version("1.0")
    first = services.release_create(by=SYSTEM, version=version, counter=4)
    services.release_revoke(by=SYSTEM, release=first)
    assert security_counter(version) == 4
    assert security_counter(makers.version("1.1")) == 4


def test_a_target_without_an_image_has_nothing_to_object() -> None:
    facts = BuildFacts("t", proof_equal=True, float_accuracy=None, int8_accuracy=None, counter=9)
    assert counter_objections([facts]) == []


def test_a_fleet_is_not_sent_back_below_the_counter() -> None:
    """A bootloader and our agent would refuse it: nothing to try, and a reason to read."""
    device = makers.devices(1)[0]
    first, second = makers.release("1.0"), makers.release("1.1")
    Release.objects.filter(pk=second.pk).update(counter=2)
    device.running = {"release": first.public_id}
    device.save()
    second.refresh_from_db()
    rollout = makers.rollout(second, makers.group([device]))
    services.rollout_tick(rollout.pk)
    assignment = rollout.assignments.get()
    assignment.__class__.objects.filter(pk=assignment.pk).update(state="succeeded")
    rollout.refresh_from_db()
    services.rollout_roll_back(by=SYSTEM, rollout=rollout)
    services.rollout_tick(rollout.pk)
    rollout.refresh_from_db()
    assert rollout.state == "rolled_back"
    assert "security counter is lower" in assignment.events.all()[0].text
