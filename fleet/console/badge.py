"""What needs attention: the badge beside the menu, which the records' pages have too."""

from typing import Final

from django.http import HttpRequest

from ota import troubles

TOLD: Final = "edgefleet.troubles"  # in a request's META: one question, whoever asks on the page


def troubles_of(request: HttpRequest) -> list[str]:
    """Return the sentences for the page of a request; none where all is well."""
    if TOLD not in request.META:
        request.META[TOLD] = troubles.sentences()
    told: list[str] = request.META[TOLD]
    return told


def badge(request: HttpRequest) -> list[str] | None:
    """Words and their colour; None where all is well, and for who is not signed in."""
    if not request.user.is_authenticated or not troubles_of(request):
        return None
    return ["Needs attention", "danger"]
