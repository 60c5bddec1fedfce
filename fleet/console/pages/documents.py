"""The manual."""

from django.http import HttpRequest, HttpResponse

from fleet.console.manual import document, documents
from fleet.console.page import page, show


@page("registry_read")
def manual(request: HttpRequest, slug: str = "guide") -> HttpResponse:
    """Show one page of the manual beside the list of all."""
    found = document(slug)
    pages = documents().values()
    return show(request, "document.html", found.title, document=found, pages=pages)
