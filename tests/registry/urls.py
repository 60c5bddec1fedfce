"""The registry's routes alone, so that these tests do not depend on apps above it."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("registry.api.urls")),
    path("", include("registry.mlflow.urls")),
]
