"""Published releases whose artifacts are real bundles, made by the simulated toolchain."""

from dataclasses import dataclass

from builds.choices import ArtifactKind
from builds.pipeline.stages.order import BuildFile
from builds.pipeline.stages.work import Work
from fleet.lib import clock
from ota import services
from ota.engine.states import ReleaseState
from ota.models import Approval, Release
from ota.releases import artifacts as release_artifacts
from registry.models import ModelVersion
from tests.builds import makers as builds
from tests.device_agent.simulators.bundles import bundle_of
from tests.ota.makers import TARGET
from tests.personas import SYSTEM
from tests.simulators.toolchain import SimulatedTools


@dataclass
class BundlingTools(SimulatedTools):
    """A toolchain that packs a bundle the agent can read."""

    bundle: bytes = b""

    def package(self, work: Work) -> tuple[BuildFile, ...]:
        """The bundle, and sources as every build has them."""
        *others, _ = super().package(work)
        return (*others, BuildFile(ArtifactKind.BUNDLE, "model.bundle", self.bundle))


def release(label: str = "1.0") -> Release:
    """A published release of a version that is built as a bundle."""
    version = built(label)
    made = services.release_create(by=SYSTEM, version=version)
    for artifact in release_artifacts.candidates(version):
        release_artifacts.freeze(made, artifact)
    Release.objects.filter(pk=made.pk).update(
        state=ReleaseState.PUBLISHED, published_at=clock.now()
    )
    Approval.objects.create(release=made, by="user:ben", label="ben")
    made.refresh_from_db()
    return made


def built(label: str) -> ModelVersion:
    """A version with its bundle."""
    version = builds.version(content=builds.FAKE_TFLITE + label.encode(), label=label)
    bundle = bundle_of(label, model=version.model.name, size=5000)
    builds.run(builds.request(version, TARGET), tools=BundlingTools(bundle=bundle))
    return version
