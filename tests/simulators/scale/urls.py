"""The service's own addresses, and a view that does nothing behind the same middleware."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from fleet.urls import urlpatterns as of_the_service


def bare(request: HttpRequest) -> HttpResponse:
    """Answer with a body of the usual size for a poll, from no data at all."""
    del request
    return HttpResponse(b'{"config":{"polling":{"sleep":"00:05:00"}}}', "application/json")


urlpatterns = [path("bare", bare), *of_the_service]
