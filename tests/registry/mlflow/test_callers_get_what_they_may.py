"""Permissions, bounds and refusals of the calls of MLflow's client."""

import io
import json
from typing import Any

import pytest

from fleet.access.models import AuditEntry
from fleet.lib.errors import NotFound
from registry import selectors, services
from registry.models import Experiment, LoggedFile, MetricPoint, ModelVersion, Run
from tests import personas
from tests.registry import factories

pytestmark = pytest.mark.django_db
API = "/api/2.0/mlflow"
FILES = "/api/2.0/mlflow-artifacts/artifacts"


def call(method: str, path: str, body: Any = None, who: str = "engineer") -> Any:
    client = personas.client(who)
    if method == "GET":
        return client.get(f"{API}/{path}", body)
    return client.generic(method, f"{API}/{path}", json.dumps(body or {}), "application/json")


def run_make() -> Run:
    answer = call("POST", "runs/create", {"experiment_id": "0", "run_name": "first"})
    assert answer.status_code == 200, answer.content
    return Run.objects.get(public_id=answer.json()["run"]["info"]["run_id"])


def put(path: str, data: bytes, **more: Any) -> Any:
    client: Any = personas.client()  # the stubs know no bytes
    return client.generic("PUT", f"{FILES}/{path}", data, "text/plain", **more)


def log(run: Run, path: str, data: bytes) -> None:
    answer = put(f"0/{run.public_id}/artifacts/{path}", data)
    assert answer.status_code == 200, answer.content


def register(run: Run, path: str = "model", **more: Any) -> Any:
    return call(
        "POST",
        "model-versions/create",
        {"name": "digits", "source": f"runs:/{run.public_id}/{path}", **more},
    )


def test_a_viewer_reads_and_searches_and_changes_nothing() -> None:
    run = run_make()
    for path in ("runs/search", "experiments/search"):
        assert call("POST", path, {}, "viewer").status_code == 200
    assert call("GET", "runs/get", {"run_id": run.public_id}, "viewer").status_code == 200
    refused = call("POST", "runs/create", {}, "viewer")
    assert refused.status_code == 403
    assert refused.json()["error_code"] == "PERMISSION_DENIED"


def test_an_unknown_member_is_refused_in_the_clients_words() -> None:
    answer = call("POST", "runs/create", {"experiment": "0"})
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"
    assert "experiment_id" in answer.json()["message"]


def test_the_first_experiment_is_there_and_stays() -> None:
    found = call("GET", "experiments/get", {"experiment_id": "0"}).json()["experiment"]
    assert (found["name"], found["artifact_location"]) == ("Default", "mlflow-artifacts:/0")
    refused = call("POST", "experiments/delete", {"experiment_id": "0"})
    assert refused.json()["message"] == "The experiment 0 stays, and keeps its name."


def test_a_metric_keeps_its_curve_and_the_value_of_its_highest_step() -> None:
    run = run_make()
    for step, value in ((1, 0.5), (2, "NaN"), (0, 1.0), (1, 0.5)):
        body = {"run_id": run.public_id, "key": "loss", "value": value, "timestamp": 5}
        assert call("POST", "runs/log-metric", body | {"step": step}).status_code == 200
    told = call("GET", "runs/get", {"run_id": run.public_id}).json()["run"]["data"]["metrics"]
    assert told == [{"key": "loss", "value": "NaN", "step": 2, "timestamp": 5}]
    asked = {"run_id": run.public_id, "metric_key": "loss", "max_results": 2}
    first = call("GET", "metrics/get-history", asked).json()
    assert [one["value"] for one in first["metrics"]] == [1.0, 0.5]
    rest = call("GET", "metrics/get-history", asked | {"page_token": first["next_page_token"]})
    assert [one["value"] for one in rest.json()["metrics"]] == ["NaN"]
    assert MetricPoint.objects.count() == 3  # what is said twice happens once


def test_a_run_that_was_put_away_takes_nothing_until_it_is_back() -> None:
    run = run_make()
    call("POST", "runs/delete", {"run_id": run.public_id})
    body = {"run_id": run.public_id, "key": "a", "value": "1"}
    refused = call("POST", "runs/set-tag", body)
    assert refused.status_code == 409
    assert "put away" in refused.json()["message"]
    assert put(f"0/{run.public_id}/artifacts/a.txt", b"a").status_code == 409
    call("POST", "runs/restore", {"run_id": run.public_id})
    assert call("POST", "runs/set-tag", body).status_code == 200


def test_a_logged_keras_file_becomes_a_version_with_datasets_and_label() -> None:
    factories.model_make()
    dataset = factories.dataset_make(kind="calibration", name="first hundred")
    run = run_make()
    log(run, "model/data/model.keras", factories.keras_bytes())
    log(run, "model/MLmodel", b"flavors: {}")
    log(run, "model/model.pkl", b"\x80\x04.")
    tags = [
        {"key": "edgefleet.label", "value": "1.0"},
        {"key": "edgefleet.dataset.calibration", "value": "first hundred"},
    ]
    answer = register(run, tags=tags, description="From a notebook.")
    assert answer.status_code == 200, answer.content
    told = answer.json()["model_version"]
    assert (told["version"], told["status"], told["run_id"]) == (
        "1",
        "PENDING_REGISTRATION",
        run.public_id,
    )
    version = ModelVersion.objects.get()
    assert (version.label, version.format) == ("1.0", "keras")
    assert version.version_datasets.get().dataset == dataset
    assert AuditEntry.objects.filter(action="registry.version_add").exists()


def test_the_same_source_gives_the_same_version() -> None:
    factories.model_make()
    run = run_make()
    log(run, "model/model.keras", factories.keras_bytes())
    first, second = register(run), register(run)
    assert first.json()["model_version"]["version"] == "1"
    assert second.json()["model_version"]["version"] == "1"
    other = run_make()
    log(other, "model/model.keras", factories.keras_bytes())
    refused = register(other)
    assert refused.json()["error_code"] == "RESOURCE_ALREADY_EXISTS"
    assert "exists already, with the same file" in refused.json()["message"]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"model.pkl": b"\x80\x04."}, " file among the logged ones (model.pkl)"),
        ({"a.keras": b"a", "b.tflite": b"b"}, "several models (model/a.keras, model/b.tflite)"),
        ({"a.keras": b"\x80\x04."}, "Pickles run code when they are read"),
        ({}, "Nothing was logged at this address."),
    ],
)
def test_a_folder_without_a_model_is_refused_with_the_reason(
    files: dict[str, bytes], sentence: str
) -> None:
    factories.model_make()
    run = run_make()
    for name, data in files.items():
        log(run, f"model/{name}", data)
    refused = register(run)
    assert sentence in refused.json()["message"]
    assert not ModelVersion.objects.exists()


def test_one_of_several_models_is_named_by_a_tag() -> None:
    factories.model_make()
    run = run_make()
    log(run, "model/a.keras", factories.keras_bytes())
    log(run, "model/b.tflite", factories.tflite_bytes())
    tags = [{"key": "edgefleet.file", "value": "b.tflite"}]
    assert register(run, tags=tags).status_code == 200
    assert ModelVersion.objects.get().format == "tflite"


def test_a_version_of_one_model_becomes_one_of_another() -> None:
    factories.version_make(label="1.0", admitted=True)
    services.model_create(name="released", by=personas.SYSTEM)
    body = {"name": "released", "source": "models:/digits/1"}
    assert call("POST", "model-versions/create", body).status_code == 200
    assert ModelVersion.objects.get(model__name="released").blob_id


@pytest.mark.parametrize(
    "source",
    ["s3://elsewhere/model", "file:///etc/passwd", "runs:/", "mlflow-artifacts:/0/../1", "x"],
)
def test_sources_that_are_not_ours_are_refused(source: str) -> None:
    factories.model_make()
    body = {"name": "digits", "source": source}
    assert call("POST", "model-versions/create", body).status_code in {400, 404}


@pytest.mark.parametrize(
    "path",
    [
        "0/{run}/artifacts/../x",
        "0/{run}/artifacts//x",
        "1/{run}/artifacts/x",
        "0/{run}/x",
        "versions/ver_x/model.keras",
    ],
)
def test_paths_that_lead_elsewhere_are_refused(path: str) -> None:
    run = run_make()
    assert put(path.format(run=run.public_id), b"x").status_code in {400, 404}
    assert not LoggedFile.objects.exists()


def test_a_path_is_a_file_or_a_folder_and_may_be_written_again() -> None:
    run = run_make()
    log(run, "notes/a.txt", b"one")
    log(run, "notes/a.txt", b"two")
    assert put(f"0/{run.public_id}/artifacts/notes", b"x").status_code == 400
    assert put(f"0/{run.public_id}/artifacts/notes/a.txt/b", b"x").status_code == 400
    got = personas.client("viewer").get(f"{FILES}/0/{run.public_id}/artifacts/notes/a.txt")
    assert b"".join(got) == b"two"
    listed = call("GET", "artifacts/list", {"run_id": run.public_id, "path": "notes"}).json()
    assert listed["files"] == [{"path": "notes/a.txt", "is_dir": False, "file_size": 3}]


def test_an_empty_file_in_chunks_is_taken() -> None:
    run = run_make()
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    path = f"0/{run.public_id}/artifacts/empty.txt"
    answer = put(path, b"", **chunked, **{"wsgi.input": io.BytesIO(b"")})
    assert answer.status_code == 200, answer.content
    assert LoggedFile.objects.get().blob.size_bytes == 0


def test_files_stay_within_their_bounds(settings: Any) -> None:
    run = run_make()
    settings.EDGEFLEET_LOGGED_FILES = 1
    log(run, "a.txt", b"a")
    assert put(f"0/{run.public_id}/artifacts/b.txt", b"b").status_code == 413
    settings.EDGEFLEET_LOGGED_FILES = 10
    settings.EDGEFLEET_LOGGED_BYTES = 1
    assert put(f"0/{run.public_id}/artifacts/b.txt", b"b").status_code == 413
    settings.EDGEFLEET_LOGGED_BYTES = 100
    settings.EDGEFLEET_MODEL_MAX_BYTES = 2
    assert put(f"0/{run.public_id}/artifacts/b.txt", b"bbb").status_code == 413


def test_versions_that_were_pushed_otherwise_are_read_too() -> None:
    version = factories.version_make(label="1.0", admitted=True)
    asked = {"name": "digits", "version": "1"}
    uri = call("GET", "model-versions/get-download-uri", asked).json()["artifact_uri"]
    assert uri == f"mlflow-artifacts:/versions/{version.public_id}"
    path = uri.removeprefix("mlflow-artifacts:/")
    listed = personas.client("viewer").get(FILES, {"path": path}).json()["files"]
    assert [one["path"] for one in listed] == ["model.keras"]
    got = personas.client("viewer").get(f"{FILES}/{path}/model.keras")
    assert b"".join(got) == factories.keras_bytes()


def test_a_protected_alias_stays_where_it_is() -> None:
    version = factories.version_make(label="1.0", admitted=True)
    alias = services.alias_move(
        model=version.model, name="production", to=version, expected=None, by=personas.SYSTEM
    )
    services.alias_protect(alias=alias, protected=True, by=personas.SYSTEM)
    factories.version_make(seed=1, label="2.0", admitted=True)
    body = {"name": "digits", "alias": "production", "version": "2"}
    assert call("POST", "registered-models/alias", body).status_code == 403
    assert call("POST", "registered-models/alias", body, "owner").status_code == 200


def test_documents_are_bounded() -> None:
    run = run_make()
    params = [{"key": f"p{number}", "value": "v"} for number in range(1000)]
    body = {"run_id": run.public_id, "params": params}
    assert call("POST", "runs/log-batch", body).status_code == 200
    more = {"run_id": run.public_id, "key": "one more", "value": "v"}
    assert call("POST", "runs/log-parameter", more).status_code == 400
    long = {"run_id": run.public_id, "key": "long", "value": "v" * 8001}
    assert call("POST", "runs/set-tag", long).status_code == 400


def test_experiments_are_renamed_put_away_and_found() -> None:
    number = call("POST", "experiments/create", {"name": "kws"}).json()["experiment_id"]
    assert call("POST", "experiments/create", {"name": "kws"}).json()["error_code"] == (
        "RESOURCE_ALREADY_EXISTS"
    )
    call("POST", "experiments/update", {"experiment_id": number, "new_name": "wake words"})
    call("POST", "experiments/delete", {"experiment_id": number})
    shown = call("POST", "experiments/search", {"view_type": "DELETED_ONLY"}).json()
    assert [one["name"] for one in shown["experiments"]] == ["wake words"]
    refused = call("POST", "runs/create", {"experiment_id": number})
    assert "was put away" in refused.json()["message"]
    call("POST", "experiments/restore", {"experiment_id": number})
    assert not Experiment.objects.get(name="wake words").deleted


def test_nothing_is_registered_from_an_archived_version() -> None:
    version = factories.version_make(admitted=True, label="1.0")
    factories.model_make("other")
    services.entry_archive(entry=version, by=personas.SYSTEM)
    body = {"name": "other", "source": "models:/digits/1.0"}
    refused = call("POST", "model-versions/create", body)
    assert refused.status_code == 409, refused.content
    assert "is archived" in refused.json()["message"]


def test_class_names_inside_one_another_are_refused() -> None:
    factories.model_make()
    run = run_make()
    log(run, "model/model.keras", factories.keras_bytes())
    for said in ("[" * 7000, '["\\ud800"]'):
        answer = register(run, tags=[{"key": "edgefleet.class_names", "value": said}])
        assert answer.status_code == 400, answer.content


def test_folders_that_differ_in_their_letters_size_alone_are_two() -> None:
    factories.model_make()
    run = run_make()
    log(run, "Model/one.keras", factories.keras_bytes(seed=1))
    log(run, "model/two.keras", factories.keras_bytes(seed=2))
    assert put(f"0/{run.public_id}/artifacts/MODEL", b"a").status_code == 200
    answer = register(run)
    assert answer.status_code == 200, answer.content
    wanted = LoggedFile.objects.get(path="model/two.keras").blob
    assert ModelVersion.objects.get().blob == wanted


@pytest.mark.parametrize("digits", [30, 4400])
def test_a_number_that_no_version_has_is_not_found(digits: int) -> None:
    factories.version_make(admitted=True)
    with pytest.raises(NotFound):
        selectors.version_resolve(model="digits", word="9" * digits)


def test_what_people_read_of_a_version_is_changed_under_a_name() -> None:
    factories.version_make(admitted=True)
    body = {"name": "digits", "version": "1", "description": "the good one"}
    assert call("PATCH", "model-versions/update", body).status_code == 200
    entry = AuditEntry.objects.get(action="registry.version_describe")
    assert entry.actor_label.startswith("engineer")
    tag = {"name": "digits", "version": "1", "key": "stage", "value": "golden"}
    assert call("POST", "model-versions/set-tag", tag).status_code == 200
    tag = {"name": "digits", "key": "team", "value": "vision"}
    assert call("POST", "registered-models/set-tag", tag).status_code == 200
    acts = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"registry.version_tag", "registry.model_tag"} <= acts


def test_a_full_place_takes_a_file_in_place_of_its_own(settings: Any) -> None:
    run = run_make()
    log(run, "a.txt", b"a")
    settings.EDGEFLEET_LOGGED_FILES = 1
    assert put(f"0/{run.public_id}/artifacts/a.txt", b"b").status_code == 200
    assert put(f"0/{run.public_id}/artifacts/b.txt", b"b").status_code == 413
