"""Which versions rollouts, challengers and releases still need, when one is to be archived or
deleted.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from fleet.lib import clock
from ota.choices import ShadowRun
from ota.engine.states import LIVE, ReleaseState, RolloutState
from ota.models import Release, Rollout, Shadow
from registry.models import ModelVersion

UNDER_WAY = sorted({RolloutState.DRAFT, *LIVE})


def still_needed(
    sender: Any, *, versions: Sequence[ModelVersion], deleting: bool, **_: Any
) -> list[str]:
    """The receiver of `versions_leave`; a release that stands holds what is to be deleted."""
    del sender
    said = [*_in_rollouts(versions), *_beside(versions)]
    return [*said, *_in_releases(versions)] if deleting else said


def _in_rollouts(versions: Sequence[ModelVersion]) -> Iterator[str]:
    rows = Rollout.objects.filter(release__version__in=versions, state__in=UNDER_WAY)
    for row in rows.select_related("group"):
        yield f"The rollout {row.public_id} to {row.group.name} is {row.state.replace('_', ' ')}."


def _beside(versions: Sequence[ModelVersion]) -> Iterator[str]:
    rows = Shadow.objects.filter(release__version__in=versions, state=ShadowRun.RUNNING)
    for row in rows.filter(until__gt=clock.now()).select_related("group"):
        yield f"It runs as a challenger beside what {row.group.name} runs."


def _in_releases(versions: Sequence[ModelVersion]) -> Iterator[str]:
    rows = Release.objects.filter(version__in=versions).exclude(state=ReleaseState.REVOKED)
    for row in rows:
        yield f"The release {row.public_id} is {row.state}: revoke it first."
