"""Routes under `/api/v1/`."""

from django.urls import path

from registry.api import alias_views, dataset_views, entries, views

urlpatterns = [
    path("models/", views.Models.as_view(), name="model-list"),
    path("models/<slug:name>/", views.ModelDetail.as_view(), name="model-detail"),
    path("models/<slug:name>/versions/", views.Versions.as_view(), name="version-list"),
    path(
        "models/<slug:name>/versions/<int:number>/",
        views.VersionDetail.as_view(),
        name="version-detail",
    ),
    path("models/<slug:name>/compare/", views.Compare.as_view(), name="version-compare"),
    path("models/<slug:name>/aliases/", alias_views.Aliases.as_view(), name="alias-list"),
    path(
        "models/<slug:name>/aliases/<slug:alias>/",
        alias_views.AliasDetail.as_view(),
        name="alias-detail",
    ),
    path(
        "models/<slug:name>/aliases/<slug:alias>/moves/",
        alias_views.AliasMoves.as_view(),
        name="alias-moves",
    ),
    path("versions/", views.AllVersions.as_view(), name="version-search"),
    path("versions/<str:public_id>/", views.AnyVersion.as_view(), name="version-by-id"),
    path("datasets/", dataset_views.Datasets.as_view(), name="dataset-list"),
    path("datasets/<str:public_id>/", dataset_views.DatasetDetail.as_view(), name="dataset-detail"),
    path(
        "datasets/<str:public_id>/versions/",
        dataset_views.DatasetVersions.as_view(),
        name="dataset-versions",
    ),
    path("tombstones/", entries.Tombstones.as_view(), name="tombstone-list"),
    path("blobs/<str:sha256>/", dataset_views.BlobDownload.as_view(), name="blob-download"),
]
