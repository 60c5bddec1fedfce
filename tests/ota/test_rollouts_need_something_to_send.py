"""A rollout is refused when it is planned, not when half of the group is updated."""

import pytest

from fleet.lib.errors import Conflict, Refused, Unprocessable
from ota import services
from ota.models import Rollout
from tests.ota import makers
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db


def test_a_target_without_artifact_is_named() -> None:
    mixed = [*makers.devices(1), *makers.devices(1, target="linux-aarch64", prefix="arm")]
    with pytest.raises(Unprocessable, match="devices of target linux-aarch64") as caught:
        makers.rollout(makers.release(), makers.group(mixed))
    assert caught.value.extra["targets"] == ["linux-aarch64"]
    assert not Rollout.objects.exists()


def test_an_empty_group_is_refused() -> None:
    with pytest.raises(Unprocessable, match="no accepted device"):
        makers.rollout(makers.release(), makers.group([]))


def test_only_a_published_release_goes_out() -> None:
    draft = services.release_create(by=SYSTEM, version=makers.version())
    with pytest.raises(Conflict, match="is draft, not published"):
        makers.rollout(draft, makers.group(makers.devices(1)))


def test_a_release_revoked_before_the_start_stays() -> None:
    release = makers.release()
    rollout = makers.rollout(release, makers.group(makers.devices(1)), start=False)
    services.release_revoke(by=SYSTEM, release=release)
    rollout.refresh_from_db()
    with pytest.raises(Conflict, match="is revoked"):
        services.rollout_start(by=SYSTEM, rollout=rollout)


def test_a_wrong_policy_plans_nothing() -> None:
    with pytest.raises(Refused):
        makers.rollout(makers.release(), makers.group(makers.devices(1)), max_in_flight=-1)
    assert not Rollout.objects.exists()
