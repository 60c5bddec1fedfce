"""Versions with their datasets, pushed and built as people do."""

import io

import numpy as np

from builds.models import Build
from builds.pipeline.run import build_run
from builds.sources.admission.admit import admission_run
from registry.models import Dataset, ModelVersion
from registry.services import dataset_add
from tests import personas
from tests.builds import makers


def dataset(kind: str, shape: tuple[int, ...]) -> Dataset:
    """Samples of a shape, with labels of three classes."""
    random = np.random.default_rng(len(kind))
    file = io.BytesIO()
    x = random.random((80, *shape), np.float32)
    np.savez(file, x=x, y=random.integers(0, 3, 80))
    file.seek(0)
    return dataset_add(name=kind, kind=kind, content=file, by=personas.SYSTEM)


def admitted(content: bytes, shape: tuple[int, ...], *kinds: str) -> ModelVersion:
    """A version that admission has looked at."""
    sets = {kind: dataset(kind, shape) for kind in kinds}
    version = makers.pending_version(content, "1.0", **sets)
    admission_run(probe_id=version.probe.pk)
    version.refresh_from_db()
    assert version.state == "admitted", version.reasons
    return version


def run(build: Build) -> Build:
    """The build after a worker took it."""
    build_run(build_id=build.pk)
    build.refresh_from_db()
    return build
