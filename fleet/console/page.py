"""What every page of the console shares: who may see it, its frame, and how an action answers.

Guarantees: a page without a login leads to the login; without the right, it is refused; an action
is a POST, and what the service refuses is shown as one sentence on the page the person came from.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeAlias, TypeVar

from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse

from fleet.lib.errors import FleetError, NotFound

View = Callable[..., HttpResponse]
Move = TypeVar("Move")
Trail: TypeAlias = list[tuple[str, str]]  # the pages above this one: title, address


def page(right: str) -> Callable[[View], View]:
    """Require a login and the permission `access.<right>`, such as `registry_read`."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            _require(request, right)
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), "/console/login/")
            try:
                return view(request, *args, **kwargs)
            except FleetError as error:
                return _sorry(request, error)

        return guarded

    return wrap


def action(right: str) -> Callable[[View], View]:
    """Require POST and a permission; the view returns where to go, a refusal goes back with its
    sentence.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            _require(request, right)
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), "/console/login/")
            try:
                return view(request, *args, **kwargs)
            except FleetError as error:
                if isinstance(error, NotFound) and "back" not in request.POST:
                    raise Http404 from error
                messages.error(request, error.message)
                return HttpResponseRedirect(came_from(request))

        return guarded

    return wrap


def verb_of(moves: Mapping[str, Move], verb: str) -> Move:
    """Return what a button's verb does. Raises Http404 for one that no button has."""
    try:
        return moves[verb]
    except KeyError:
        raise Http404 from None


def came_from(request: HttpRequest) -> str:
    """Return the console page named in the form's `back` field, else the overview."""
    back = request.POST.get("back", "")
    return back if back.startswith("/console/") else "/console/"


def show(
    request: HttpRequest,
    template: str,
    title: str,
    trail: Sequence[tuple[str, str]] = (),
    **context: Any,
) -> TemplateResponse:
    """Return the page `template` in the console's frame, below the pages of its trail."""
    frame = admin.site.each_context(request) | {"title": title, "trail": trail}
    return TemplateResponse(request, f"console/{template}", frame | context)


def fragment(request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
    """Return a part of a page, as live pages ask for again and again."""
    return TemplateResponse(request, f"console/{template}", context)


def _sorry(request: HttpRequest, error: FleetError) -> TemplateResponse:
    title = "Not found" if isinstance(error, NotFound) else "Not possible"
    answer = show(request, "missing.html", title, error=error)
    answer.status_code = error.http_status
    return answer


def _require(request: HttpRequest, right: str) -> None:
    if request.user.is_authenticated and not request.user.has_perm(f"access.{right}"):
        message = f"Your role does not include {right.replace('_', '.')}."
        raise PermissionDenied(message)
