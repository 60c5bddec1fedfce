"""Routes under `/api/v1/`."""

from django.urls import path

from fleet.access.api import publishers, views

urlpatterns = [
    path("whoami/", views.Whoami.as_view(), name="whoami"),
    path("tokens/", views.ApiTokens.as_view(), name="token-list"),
    path("tokens/<str:public_id>/", views.ApiTokenDetail.as_view(), name="token-detail"),
    path("publishers/", publishers.Publishers.as_view(), name="publisher-list"),
    path(
        "publishers/<str:public_id>/",
        publishers.PublisherDetail.as_view(),
        name="publisher-detail",
    ),
    path("identity/token/", publishers.IdentityExchange.as_view(), name="identity-exchange"),
    path("audit/", views.AuditEntries.as_view(), name="audit-list"),
    path("audit/verify/", views.AuditVerdict.as_view(), name="audit-verify"),
]
