"""The OpenAPI document and its pages, for everybody who is signed in."""

from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView

from fleet.lib.rest.views import StrictView


class Document(SpectacularAPIView, StrictView):
    """The document."""


class Pages(SpectacularRedocView, StrictView):
    """The document for people."""
