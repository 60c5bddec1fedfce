import pytest

from builds.models import Build
from builds.pipeline.provenance import FILENAME
from tests import personas
from tests.builds import makers

pytestmark = pytest.mark.django_db
URL = "/api/v1/builds/"


def post(body: dict, who: str = "engineer"):  # type: ignore[no-untyped-def, type-arg]
    return personas.client(who).post(URL, body, format="json")


def test_an_engineer_asks_for_a_build_of_one_target() -> None:
    version = makers.version()
    answer = post({"version": version.public_id, "target": "cortex-m4f"})
    assert answer.status_code == 201
    (item,) = answer.json()["builds"]
    assert not item["cached"]
    assert item["build"]["state"] == "queued"
    assert item["build"]["requested_by"] == "engineer"
    assert item["build"]["recipe"] == {
        "scheme": "int8",
        "optimise": "balanced",
        "weights": "together",
        "arithmetic": "refuse",
        "security_counter": 1,
    }
    assert Build.objects.get().public_id == item["build"]["id"]


def test_a_pipeline_asks_for_several_targets_with_its_token() -> None:
    version = makers.version()
    names = ["cortex-m0plus", "rv32imc"]
    answer = post({"version": version.public_id, "targets": names}, "ci_token")
    assert [item["build"]["target"] for item in answer.json()["builds"]] == names


def test_all_targets_are_one_word() -> None:
    from builds.targets import target_names

    answer = post({"version": makers.version().public_id, "targets": "all"})
    assert len(answer.json()["builds"]) == len(target_names())


def test_what_is_built_already_is_a_plain_200() -> None:
    build = makers.built()
    answer = post({"version": build.version.public_id, "target": build.target})
    assert answer.status_code == 200
    assert answer.json()["builds"][0]["cached"]
    assert answer.json()["builds"][0]["build"]["report"] == build.report


def test_a_forced_build_is_a_new_one() -> None:
    build = makers.built()
    body = {"version": build.version.public_id, "target": build.target, "force": True}
    assert post(body).json()["builds"][0]["build"]["forced"]


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"target": "abacus"}, 400, "There is no target 'abacus'; the targets are: "),
        ({"target": None}, 400, "target: "),
        ({"version": "ver_nothing"}, 404, "There is no version ver_nothing."),
        ({"targets": ["rv32imc"]}, 400, "target: Give either target or targets."),
        ({"optimise": "faster"}, 400, "optimise: "),
        ({"weights": "elsewhere"}, 400, "weights: "),
        ({"arithmetic": "exact"}, 400, "arithmetic: "),
        ({"target": "x" * 65}, 400, "target: "),
        ({"version": {"a": 1}}, 400, "version: "),
        ({"force": "perhaps"}, 400, "force: "),
    ],
)
def test_bad_input_is_one_sentence_and_changes_nothing(
    change: dict[str, object], status: int, sentence: str
) -> None:
    body = {"version": makers.version().public_id, "target": "cortex-m4f"} | change
    answer = post(body)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(sentence)
    assert not Build.objects.exists()


@pytest.mark.parametrize("targets", [[], "some", [1], {"a": 1}, ["x"] * 65, 5])
def test_targets_are_a_list_of_names_or_all(targets: object) -> None:
    answer = post({"version": makers.version().public_id, "targets": targets})
    assert answer.status_code == 400
    assert answer.json()["detail"] == 'targets: Give a list of target names, or "all".'


def test_a_version_that_is_not_admitted_is_a_conflict() -> None:
    answer = post({"version": makers.pending_version().public_id, "target": "rv32imc"})
    assert answer.status_code == 409
    assert "only admitted versions are built" in answer.json()["detail"]
    assert not Build.objects.exists()


def test_a_double_submission_is_a_conflict_that_names_the_first() -> None:
    body = {"version": makers.version().public_id, "target": "rv32imc"}
    first = post(body).json()["builds"][0]["build"]["id"]
    answer = post(body)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_building")
    assert answer.json()["build"] == first
    assert Build.objects.count() == 1


def test_the_same_call_sent_twice_has_one_answer() -> None:
    body = {"version": makers.version().public_id, "target": "rv32imc"}
    client = personas.client()
    answers = [
        client.post(URL, body, format="json", headers={"Idempotency-Key": "k1"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Build.objects.count() == 1


def test_a_list_is_filtered_and_the_newest_comes_first() -> None:
    version = makers.version()
    first = makers.run(makers.request(version, "rv32imc"))
    second = makers.request(version, "cortex-m4f")
    client = personas.client("viewer")

    def ids(**query: str) -> list[str]:
        return [item["id"] for item in client.get(URL, query).json()["results"]]

    assert ids() == [second.public_id, first.public_id]
    assert ids(target="rv32imc") == [first.public_id]
    assert ids(state="queued") == [second.public_id]
    assert ids(version=version.public_id, state="failed") == []


def test_one_build_comes_with_its_log() -> None:
    build = makers.built()
    answer = personas.client("viewer").get(f"{URL}{build.public_id}/").json()
    assert answer["state"] == "succeeded"
    assert [step["stage"] for step in answer["steps"]][:2] == ["quantise", "compile"]
    assert answer["report"]["proof"]["equal"]


def test_files_are_listed_with_their_signatures() -> None:
    build = makers.built()
    files = personas.client("viewer").get(f"{URL}{build.public_id}/artifacts/").json()
    names = ["installed.bin", "model.cc", FILENAME, "report.json"]
    assert [item["filename"] for item in files] == names
    one = personas.client("viewer").get(f"/api/v1/artifacts/{files[0]['id']}/").json()
    assert one == files[0]
    assert one["signature"]["payloadType"] == "application/vnd.edgefleet.artifact+json"


def test_targets_and_keys_are_listed() -> None:
    client = personas.client("viewer")
    targets = {item["name"]: item for item in client.get("/api/v1/targets/").json()}
    assert targets["cortex-m4f"]["kind"] == "mcu"
    assert "dsp" in targets["cortex-m4f"]["features"]
    roles = [item["role"] for item in client.get("/api/v1/signing-keys/").json()]
    assert roles == ["artifacts", "audit", "builder", "director", "firmware"]


@pytest.mark.parametrize("path", ["builds/bld_x/", "builds/bld_x/artifacts/", "artifacts/art_x/"])
def test_what_is_not_there_is_404(path: str) -> None:
    answer = personas.client("viewer").get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("There is no ")


def test_pages_cost_few_queries(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    version = makers.version()
    build = makers.run(makers.request(version))
    for target in ("rv32imc", "cortex-m0plus", "linux-x86_64"):
        makers.request(version, target)
    client = personas.client("viewer")
    client.get(URL)
    with django_assert_max_num_queries(6):  # session, user, groups, permissions, page
        client.get(URL)
    with django_assert_max_num_queries(7):
        client.get(f"{URL}{build.public_id}/")
    with django_assert_max_num_queries(8):
        client.get(f"{URL}{build.public_id}/artifacts/")
