"""The tables of builds, one noun a file."""

from builds.models.artifact import Artifact
from builds.models.build import Build, BuildStep
from builds.models.int8_model import Int8Model, QuantizeCrash
from builds.models.probe import Probe
from builds.models.signing_key import SigningKey

__all__ = ["Artifact", "Build", "BuildStep", "Int8Model", "Probe", "QuantizeCrash", "SigningKey"]
