"""The manual and its pictures."""

from mimetypes import guess_type

from django.http import HttpRequest, HttpResponse

from fleet.console.manual import document, documents, picture_path
from fleet.console.page import page, show


@page("registry_read")
def manual(request: HttpRequest, slug: str = "guide") -> HttpResponse:
    """Show one page of the manual beside the list of all."""
    found = document(slug)
    pages = documents().values()
    return show(request, "document.html", found.title, document=found, pages=pages)


@page("registry_read")
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """Send one picture of the manual."""
    del request
    path = picture_path(name)
    return HttpResponse(path.read_bytes(), content_type=guess_type(path)[0])
