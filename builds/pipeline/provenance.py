"""How a build was made, as in-toto and SLSA say it: a statement over every file that it leaves.

An in-toto Statement v1 with the predicate of SLSA provenance v1, in a DSSE envelope of the
builder's key. It is signed where the build ran, so that nobody else can say that it did.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from builds.choices import ArtifactKind
from builds.pipeline.identity import makers_digest
from builds.pipeline.stages.order import BuildFile, BuildOrder
from builds.pipeline.stages.work import BuildRun
from builds.signing import Signer, seal
from fleet import __version__
from fleet.lib.canonical import canonical_json
from fleet.lib.hashing import sha256_hex

FILENAME: Final = "provenance.intoto.json"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://slsa.dev/provenance/v1"
BUILD_TYPE: Final = "urn:edgefleet:build:v1"  # what the parameters mean; docs: keys
BUILDER: Final = "urn:edgefleet:builder"


def statement(
    order: BuildOrder,
    files: Mapping[str, str],
    *,
    build: str,
    sources: Mapping[str, str],
    converter: str = "",
) -> dict[str, Any]:
    """What was built from what. `files` and `sources` are sha256 in hexadecimal by name;
    `converter` is what made the int8 model of another tool's file.
    """
    parameters: dict[str, Any] = {
        "model": order.model,
        "version": order.version,
        "target": order.target.name,
        "optimise": str(order.optimise),
        "vectors": order.vectors,
    }
    if order.security_counter is not None:
        parameters["security_counter"] = order.security_counter
    dependencies = [*_resources(sources), *_resources({"int8 model": sha256_hex(order.int8)})]
    return {
        "_type": STATEMENT,
        "subject": _resources(files),
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": parameters,
                "internalParameters": {
                    "makers": makers_digest(),
                    **({"converter": converter} if converter else {}),
                },
                "resolvedDependencies": dependencies,
            },
            "runDetails": {
                "builder": {"id": BUILDER, "version": {"edgefleet": __version__}},
                "metadata": {"invocationId": build},
            },
        },
    }


def provenance_output(run: BuildRun, outputs: Sequence[BuildFile], signer: Signer) -> BuildFile:
    """The signed statement over these files, as one that travels with them."""
    said = statement(
        run.order,
        {output.filename: sha256_hex(output.data) for output in outputs},
        build=run.build.public_id,
        sources={
            "model": run.inputs.version.blob_id,
            **{f"dataset {kind}": digest for kind, digest in run.inputs.sources.items()},
        },
        converter=run.int8.converter,
    )
    envelope = seal(canonical_json(said), PAYLOAD_TYPE, signer)
    text = json.dumps(envelope, indent=1, sort_keys=True)
    return BuildFile(ArtifactKind.PROVENANCE, FILENAME, f"{text}\n".encode())


def _resources(named: Mapping[str, str]) -> Sequence[dict[str, Any]]:
    return [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(named.items())]
