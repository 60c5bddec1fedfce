"""A build's page says by what it differs from the build before, and what to ship."""

from builds.changes import Change
from builds.models import Build
from tests import personas
from tests.builds import makers
from tests.registry import factories


def built(label: str, size: int) -> Build:
    version = makers.version(factories.tflite_bytes(size), label)
    return makers.run(makers.request(version))


def page_of(build: Build) -> str:
    answer = personas.client("engineer").get(f"/console/builds/{build.public_id}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_kind_of_change_is_named(db: None) -> None:
    first, second = built("1.0", 2), built("1.1", 3)
    assert Change.IDENTICAL.sentence in page_of(second)
    report = second.report
    assert report is not None
    report["sections"]["weights_sha256"] = "0" * 64
    Build.objects.filter(pk=second.pk).update(report=report)
    text = page_of(second)
    assert "weights only" in text
    assert Change.WEIGHTS_ONLY.sentence in text
    assert f"/console/builds/{first.public_id}" in text


def test_the_first_build_changes_nothing(db: None) -> None:
    text = page_of(built("1.0", 2))
    assert not any(change.sentence in text for change in Change)


def test_weights_apart_show_their_abi_and_what_follows_from_them(db: None) -> None:
    build = built("1.0", 2)
    apart = {"abi": "ab" * 32, "bytes": 2048, "sha256": "", "exceptions": ["CONV_2D is slow."]}
    report = (build.report or {}) | {"weights_apart": apart}
    Build.objects.filter(pk=build.pk).update(report=report)
    text = page_of(build)
    assert "abababababababab</code>" in text
    assert "CONV_2D is slow." in text
