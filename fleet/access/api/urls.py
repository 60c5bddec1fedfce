"""Routes under `/api/v1/`."""

from django.urls import path

from fleet.access.api import views

urlpatterns = [
    path("whoami/", views.Whoami.as_view(), name="whoami"),
    path("tokens/", views.ApiTokens.as_view(), name="token-list"),
    path("tokens/<str:public_id>/", views.ApiTokenDetail.as_view(), name="token-detail"),
    path("audit/", views.AuditEntries.as_view(), name="audit-list"),
    path("audit/verify/", views.AuditVerdict.as_view(), name="audit-verify"),
]
