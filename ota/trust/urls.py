"""Where TUF clients look."""

from django.urls import path

from ota.trust import views

urlpatterns = [
    path("tuf/", views.Index.as_view(), name="tuf"),
    path("tuf/metadata/<str:name>", views.MetadataFile.as_view(), name="tuf-metadata"),
    path("tuf/targets/<path:path>", views.TargetFile.as_view(), name="tuf-target"),
]
