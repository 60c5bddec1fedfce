"""Routes that MLflow's client calls below its tracking URI."""

from django.urls import path

from registry.mlflow import artifacts, experiments, logged, models, runs, versions
from registry.mlflow.base import Absent

API = "api/2.0/mlflow"
FILES = "api/2.0/mlflow-artifacts/artifacts"
LOGGED = f"{API}/logged-models"
ABSENT = (
    "registered-models/rename",
    "registered-models/delete",
    "model-versions/delete",
    "model-versions/transition-stage",
)

urlpatterns = [
    path(f"{API}/experiments/get-by-name", experiments.ExperimentByName.as_view()),
    path(f"{API}/experiments/get", experiments.ExperimentByNumber.as_view()),
    path(f"{API}/experiments/search", experiments.ExperimentSearch.as_view()),
    path(f"{API}/experiments/create", experiments.ExperimentCreate.as_view()),
    path(f"{API}/experiments/update", experiments.ExperimentRename.as_view()),
    path(f"{API}/experiments/delete", experiments.ExperimentPutAway.as_view()),
    path(f"{API}/experiments/restore", experiments.ExperimentBringBack.as_view()),
    path(f"{API}/experiments/set-experiment-tag", experiments.ExperimentTag.as_view()),
    path(f"{API}/runs/create", runs.RunCreate.as_view()),
    path(f"{API}/runs/get", runs.RunDetail.as_view()),
    path(f"{API}/runs/update", runs.RunUpdate.as_view()),
    path(f"{API}/runs/delete", runs.RunPutAway.as_view()),
    path(f"{API}/runs/restore", runs.RunBringBack.as_view()),
    path(f"{API}/runs/search", runs.RunSearch.as_view()),
    path(f"{API}/runs/log-parameter", runs.RunParam.as_view()),
    path(f"{API}/runs/log-metric", runs.RunMetric.as_view()),
    path(f"{API}/runs/log-batch", runs.RunBatch.as_view()),
    path(f"{API}/runs/log-inputs", runs.RunInputs.as_view()),
    path(f"{API}/runs/outputs", runs.RunOutputs.as_view()),
    path(f"{API}/runs/set-tag", runs.RunTag.as_view()),
    path(f"{API}/runs/delete-tag", runs.RunTagForget.as_view()),
    path(f"{API}/metrics/get-history", runs.MetricHistory.as_view()),
    path(f"{API}/artifacts/list", runs.RunFiles.as_view()),
    path(LOGGED, logged.LoggedCreate.as_view()),
    path(f"{LOGGED}/search", logged.LoggedSearch.as_view()),
    path(f"{LOGGED}/<str:model_id>", logged.LoggedDetail.as_view()),
    path(f"{LOGGED}/<str:model_id>/params", logged.LoggedParams.as_view()),
    path(f"{LOGGED}/<str:model_id>/tags", logged.LoggedTags.as_view()),
    path(f"{LOGGED}/<str:model_id>/tags/<str:key>", logged.LoggedTag.as_view()),
    path(f"{API}/registered-models/create", models.ModelCreate.as_view()),
    path(f"{API}/registered-models/get", models.ModelOfName.as_view()),
    path(f"{API}/registered-models/update", models.ModelUpdate.as_view()),
    path(f"{API}/registered-models/search", models.ModelSearch.as_view()),
    path(f"{API}/registered-models/get-latest-versions", models.NewestVersion.as_view()),
    path(f"{API}/registered-models/set-tag", models.ModelTag.as_view()),
    path(f"{API}/registered-models/delete-tag", models.ModelTagForget.as_view()),
    path(f"{API}/registered-models/alias", models.ModelAlias.as_view()),
    path(f"{API}/model-versions/create", versions.VersionCreate.as_view()),
    path(f"{API}/model-versions/get", versions.VersionOfNumber.as_view()),
    path(f"{API}/model-versions/update", versions.VersionUpdate.as_view()),
    path(f"{API}/model-versions/search", versions.VersionsSearch.as_view()),
    path(f"{API}/model-versions/set-tag", versions.VersionTag.as_view()),
    path(f"{API}/model-versions/delete-tag", versions.VersionTagForget.as_view()),
    path(f"{API}/model-versions/get-download-uri", versions.VersionSource.as_view()),
    *(path(f"{API}/{route}", Absent.as_view()) for route in ABSENT),
    path(FILES, artifacts.FileList.as_view()),
    path(f"{FILES}/<path:path>", artifacts.FileDetail.as_view()),
]
