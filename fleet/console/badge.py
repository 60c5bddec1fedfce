"""The badge beside the menu, which the records' pages have too: something needs attention."""

from django.http import HttpRequest

from ota import troubles


def badge(request: HttpRequest) -> list[str] | None:
    """Words and their colour; None where all is well, and for who is not signed in."""
    if not request.user.is_authenticated or not troubles.sentences():
        return None
    return ["Needs attention", "danger"]
