"""A build's page says by what it differs from the build before, and what to ship."""

from builds.build_diff import Change
from builds.choices import Stage
from builds.models import Build
from fleet.lib.jobs import JobState
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


def test_a_build_says_what_is_left_to_its_caller(db: None) -> None:
    build = built("1.0", 2)
    assert "Left to the caller" not in page_of(build)
    left = ["Output 0 is what goes into DEQUANTIZE, LOG_SOFTMAX."]
    Build.objects.filter(pk=build.pk).update(report=(build.report or {}) | {"left_to_caller": left})
    assert left[0] in page_of(build)


def test_a_build_shows_whose_arithmetic_it_is_and_what_its_vectors_reach(db: None) -> None:
    build = built("1.0", 2)
    report = dict(build.report or {})
    assert "not held against real numbers" in page_of(build)
    report["coverage"] = {"marks": 0.9667, "values": 0.7, "both_ends": 9, "outputs": 10}
    report["arithmetic"] = {
        "used": "litert",
        "litert_operators": ["RELU6 (operator 3)"],
        "judged": {"vectors": 10, "operators": 12},
        "beyond_rounding": [],
        "notes": ["RESHAPE (operator 5) gives its bytes another scale."],
    }
    Build.objects.filter(pk=build.pk).update(report=report)
    text = page_of(build)
    assert "97 % of ends, signs and ties" in text
    assert "both ends of 9 of 10 outputs" in text
    assert "in RELU6 (operator 3), else TFLM" in text
    assert "real numbers agree" in text
    assert "gives its bytes another scale" in text


def test_a_build_that_runs_says_what_its_stage_does(db: None) -> None:
    build = makers.request(makers.version())
    Build.objects.filter(pk=build.pk).update(state=JobState.RUNNING, stage=Stage.PROVE)
    text = page_of(build)
    assert "golden vectors through the TFLM interpreter" in text
    assert "Waiting for a worker" not in text
