"""Routes under `/api/v1/`."""

from django.urls import path

from builds.api import views

urlpatterns = [
    path("versions-compare/", views.VersionsCompare.as_view(), name="versions-compare"),
    path("targets/", views.Targets.as_view(), name="target-list"),
    path("builds/", views.Builds.as_view(), name="build-list"),
    path("builds/<str:public_id>/", views.BuildDetail.as_view(), name="build-detail"),
    path(
        "builds/<str:public_id>/artifacts/", views.BuildArtifacts.as_view(), name="build-artifacts"
    ),
    path("artifacts/<str:public_id>/", views.ArtifactDetail.as_view(), name="artifact-detail"),
    path(
        "artifacts/<str:public_id>/download/",
        views.ArtifactDownload.as_view(),
        name="artifact-download",
    ),
    path("signing-keys/", views.PublicKeys.as_view(), name="signing-key-list"),
]
