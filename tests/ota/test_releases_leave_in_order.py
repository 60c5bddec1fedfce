"""Draft, approved by another, published with every gate green, revoked when nobody spreads it."""

from typing import Any

import pytest

from builds.models import Build, Int8Model
from fleet.lib.actor import Actor, ActorKind
from fleet.lib.errors import Conflict, Forbidden, Refused, Unprocessable
from ota import services
from ota.engine.states import ReleaseState
from ota.models import Release
from ota.releases.objections import BuildFacts, objections
from ota.services.release import person
from registry import blobs
from tests.builds import makers as builds
from tests.ota import makers
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db
ANN = Actor(ActorKind.USER, "7", "ann")
BOB = Actor(ActorKind.USER, "8", "bob")
ANNS_TOKEN = Actor(ActorKind.TOKEN, "tok_1", "ann (token laptop)")


def draft(label: str = "1.0") -> Release:
    return services.release_create(by=ANN, version=makers.version(label), notes="first")


def test_the_whole_way() -> None:
    release = draft()
    services.release_approve(by=BOB, release=release, remark="looks good")
    services.release_publish(by=ANN, release=release)
    assert release.state == ReleaseState.PUBLISHED
    frozen = release.artifacts.get(target=makers.TARGET)
    data = blobs.read(frozen.sha256)
    assert frozen.size_bytes == len(data)
    assert (len(frozen.sha1), len(frozen.md5)) == (40, 32)
    services.release_revoke(by=BOB, release=release)
    assert release.state == ReleaseState.REVOKED


@pytest.mark.parametrize("by", [ANN, ANNS_TOKEN])
def test_nobody_approves_their_own_where_two_are_needed(settings: Any, by: Actor) -> None:
    settings.EDGEFLEET_SELF_APPROVAL = False
    release = draft()
    with pytest.raises(Forbidden, match="someone other than"):
        services.release_approve(by=by, release=release)
    release.refresh_from_db()
    assert release.state == ReleaseState.DRAFT


def test_a_company_of_one_may(settings: Any) -> None:
    settings.EDGEFLEET_SELF_APPROVAL = True
    release = draft()
    services.release_approve(by=ANN, release=release)
    assert release.approvals.get().by == person(ANN)


def test_a_draft_is_not_published() -> None:
    with pytest.raises(Conflict, match="publish is not possible in state draft"):
        services.release_publish(by=ANN, release=draft())


def test_a_version_has_one_release() -> None:
    release = draft()
    with pytest.raises(Conflict, match="has a release already"):
        services.release_create(by=BOB, version=release.model_version)


def test_a_pending_version_has_none() -> None:
    with pytest.raises(Conflict, match="pending"):
        services.release_create(by=ANN, version=builds.pending_version(makers.TINY_TFLITE))


def test_an_unproved_build_stays_home() -> None:
    release = draft()
    services.release_approve(by=BOB, release=release)
    report = {"proof": {"equal": False}}
    Build.objects.filter(version=release.model_version).update(report=report)
    with pytest.raises(Unprocessable, match="not proved equal") as caught:
        services.release_publish(by=ANN, release=release)
    assert caught.value.extra["reasons"] == [f"the build for {makers.TARGET} is not proved equal"]
    release.refresh_from_db()
    assert release.state == ReleaseState.APPROVED
    assert not release.artifacts.exists()


def test_lost_accuracy_stays_home(settings: Any) -> None:
    settings.EDGEFLEET_ACCURACY_DROP_MAX = 0.001
    release = draft()
    services.release_approve(by=BOB, release=release)
    assert Int8Model.objects.get(version=release.model_version).int8_accuracy == 0.97
    with pytest.raises(Unprocessable, match=r"0\.0100 below float; at most 0\.0010"):
        services.release_publish(by=ANN, release=release)


def test_nothing_built_is_nothing_to_release() -> None:
    release = services.release_create(by=ANN, version=builds.version(makers.TINY_TFLITE))
    services.release_approve(by=BOB, release=release)
    with pytest.raises(Unprocessable, match="no target has a finished build"):
        services.release_publish(by=ANN, release=release)


def test_unmeasured_accuracy_is_no_objection() -> None:
    facts = BuildFacts("t", proof_equal=True, float_accuracy=None, int8_accuracy=None)
    assert objections([facts], 0.0) == []


def test_the_security_counter_never_goes_down() -> None:
    first = services.release_create(by=ANN, version=makers.version("1.0"), counter=5)
    assert first.counter == 5
    version = makers.version("1.1")
    with pytest.raises(Refused, match="5 or more"):
        services.release_create(by=ANN, version=version, counter=4)
    assert services.release_create(by=ANN, version=version).counter == 5


def test_a_release_on_its_way_is_not_revoked() -> None:
    _, rollout, assignment = makers.lonely()
    with pytest.raises(Conflict, match="still spreads it"):
        services.release_revoke(by=ANN, release=assignment.release)
    services.rollout_abort(by=SYSTEM, rollout=rollout)


def test_what_is_installed_is_the_bundle_of_the_newest_build() -> None:
    release = makers.release()
    artifact = release.artifacts.get().artifact
    assert artifact is not None
    assert artifact.kind == "bundle"
