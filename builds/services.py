"""What people and programs ask of builds: make some, and learn at once when it cannot be.

Guarantees: equal inputs are built once and served again; one submission is whole or leaves
nothing; nothing here imports the compiler, so the web process stays light.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from builds import keyring, selectors
from builds.choices import Arithmetic, KeyRole, Optimise, Scheme, Weights
from builds.models import Build
from builds.pipeline.identity import cache_key
from builds.pipeline.inputs import version_inputs
from builds.targets import Target, UnknownTarget, load_target, takes_images, target_names
from fleet.access import audit
from fleet.lib.actor import Actor
from fleet.lib.errors import Conflict, Refused
from fleet.lib.jobs import enqueue
from registry.choices import VersionState
from registry.models import ModelVersion
from registry.selectors import require_standing

BUILD_RUN: Final = "builds.tasks.build_run"
ALL: Final = "all"


@dataclass(frozen=True)
class Requested:
    """A build that answers a request: made for it, or found."""

    build: Build
    cached: bool


def build_request(
    *,
    version: ModelVersion,
    targets: Sequence[str] | str,
    by: Actor,
    optimise: str = Optimise.BALANCED,
    weights: str = Weights.TOGETHER,
    arithmetic: str = Arithmetic.REFUSE,
    force: bool = False,
) -> list[Requested]:
    """Ask for a version on one or more targets; all of them or, when one cannot be, none."""
    wanted = _targets(targets)
    if version.state != VersionState.ADMITTED:
        raise Conflict(
            f"Version {version.label} of {version.model.name} is {version.state}: "
            "only admitted versions are built."
        )
    _check_recipe(optimise, weights, arithmetic)
    int8, keys = (
        version_inputs(version).int8_digest,
        [keyring.public_keys()[KeyRole.FIRMWARE]["keyid"]],
    )
    vectors = settings.EDGEFLEET_BUILD_VECTORS
    # By name, for releases lie above builds.
    counter = import_string(settings.EDGEFLEET_SECURITY_COUNTER)(version)
    with transaction.atomic():
        require_standing(version)
        return [
            _request_one(
                Build(
                    version=version,
                    target=target.name,
                    recipe={
                        "scheme": Scheme.INT8.value,
                        "optimise": str(optimise),
                        "weights": str(weights),
                        "arithmetic": str(arithmetic),
                        **_in_images(target, counter),
                    },
                    cache_key=cache_key(
                        int8=int8,
                        target=target,
                        optimise=optimise,
                        vectors=vectors,
                        keys=keys,
                        weights=weights,
                        arithmetic=arithmetic,
                        **_in_images(target, counter),
                    ),
                    forced=force,
                    requested_by=by.label[:200],
                ),
                by,
            )
            for target in wanted
        ]


def _check_recipe(optimise: str, weights: str, arithmetic: str) -> None:
    words = ((optimise, Optimise), (weights, Weights), (arithmetic, Arithmetic))
    for word, known in words:
        if word not in known.values:
            named = ", ".join(known.values)
            raise Refused(f"{word!r} is not one of {named}.", code="unknown_recipe")


def _in_images(target: Target, counter: int) -> dict[str, int]:
    """What a bootloader compares; other targets have none, and are not built again for it."""
    return {"security_counter": counter} if takes_images(target) else {}


def _targets(names: Sequence[str] | str) -> list[Target]:
    chosen = target_names() if names == ALL else [names] if isinstance(names, str) else names
    try:
        found = {name: load_target(name) for name in chosen}
    except UnknownTarget as error:
        text = str(error)
        raise Refused(f"{text[0].upper()}{text[1:]}.") from error
    if not found:
        raise Refused("Name at least one target.")
    return list(found.values())


def _request_one(build: Build, by: Actor) -> Requested:
    result = None if build.forced else selectors.build_result(build.cache_key)
    if result is not None:
        return Requested(result, cached=True)
    _insert(build)
    detail = {"version": build.version.public_id, "target": build.target, "forced": build.forced}
    audit.record(by=by, action="builds.build_request", subject=build.public_id, detail=detail)
    enqueue(BUILD_RUN, build.pk)
    return Requested(build, cached=False)


def _insert(build: Build) -> None:
    """The constraint decides between two submissions at once, and the loser hears of the winner."""
    try:
        with transaction.atomic():
            build.save(force_insert=True)
    except IntegrityError as error:
        running = selectors.build_active(build.cache_key)
        if running is None:
            raise
        raise Conflict(
            f"Build {running.public_id} already makes this for {build.target}.",
            code="already_building",
            extra={"build": running.public_id},
        ) from error
