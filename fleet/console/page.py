"""What every page of the console shares: who may see it, its frame, and how an action answers.

Guarantees: a page without a login leads to the login; without the right, it is refused; an action
is a POST, and what the service refuses is shown as one sentence on the page the person came from,
whose form holds what was typed. A script that asks for JSON is told the same in JSON.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, TypeAlias, TypeVar

from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
)
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from fleet.console import refused
from fleet.console.refused import RefusedForm
from fleet.console.refused.fill import filled
from fleet.lib.errors import FIELD, FleetError, NotFound, Refused
from fleet.lib.rest.strict import StrictIn

ASKED: Final = "edgefleet.question"  # in a request's META: what the person has answered
View = Callable[..., HttpResponseBase]
Move = TypeVar("Move")
Trail: TypeAlias = list[tuple[str, str]]  # the pages above this one: title, address


def page(right: str) -> Callable[[View], View]:
    """Require a login and the permission `access.<right>`, such as `registry_read`."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
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
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            _require(request, right)
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), "/console/login/")
            try:
                return _led_on(request, view(request, *args, **kwargs))
            except FleetError as error:
                return _led_back(request, error)

        return guarded

    return wrap


@dataclass(frozen=True)
class Question:
    """What a person is asked before an act."""

    title: str
    effect: str  # what it will do, and to how many
    button: str
    typed: str = ""  # what has to be typed, where the act cannot be undone
    wants_reason: bool = False
    needs_reason: bool = False  # and is not done without
    names: Sequence[tuple[str, str]] = ()  # title and address of what it is done to


def ask_first(request: HttpRequest, question: Question) -> HttpResponse | None:
    """Return the page that asks, or None once it was answered with yes and all that it needs.

    The form that was pressed goes along, so that the answer does what was asked.
    """
    request.META[ASKED] = question
    wrong = _unanswered(request, question)
    return None if wrong is None else _question(request, question, wrong)


def _question(request: HttpRequest, question: Question, wrong: Mapping[str, str]) -> HttpResponse:
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in {"csrfmiddlewaretoken", "yes", "typed", "reason"}
        for value in values
    ]
    return show(
        request,
        "question.html",
        question.title,
        question=question,
        kept=kept,
        back=came_from(request),
        reason=request.POST.get("reason", ""),
        typed=request.POST.get("typed", ""),
        wrong=wrong,
    )


def _unanswered(request: HttpRequest, question: Question) -> dict[str, str] | None:
    """What is wrong with the answer, by field: nothing before there is one; None: do it."""
    if request.POST.get("yes") != "yes":
        return {}
    wrong = {}
    if request.POST.get("typed", "").strip() != question.typed:
        wrong["typed"] = f"Type {question.typed} to go on."
    if question.needs_reason and not request.POST.get("reason", "").strip():
        wrong["reason"] = "Give a reason: it is kept."
    return wrong or None


def _led_on(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """A script follows no redirect: the page that it leads to would be shown to nobody."""
    if _wants_json(request) and isinstance(answer, HttpResponseRedirect):
        return JsonResponse({"goto": answer.url})
    return answer


def _led_back(request: HttpRequest, error: FleetError) -> HttpResponseBase:
    if _wants_json(request):
        told = {"message": error.message, "field": error.extra.get(FIELD, "")}
        return JsonResponse(told, status=error.http_status)
    question = request.META.get(ASKED)
    if isinstance(error, Refused) and error.extra.get(FIELD) == "reason" and question:
        answer = _question(request, question, {"reason": error.message})
        answer.status_code = error.http_status
        return answer
    if isinstance(error, NotFound) and "back" not in request.POST:
        raise Http404 from error
    messages.error(request, error.message)
    refused.keep(request, error)
    return HttpResponseRedirect(came_from(request))


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def verb_of(moves: Mapping[str, Move], verb: str) -> Move:
    """Return what a button's verb does. Raises Http404 for one that no button has."""
    try:
        return moves[verb]
    except KeyError:
        raise Http404 from None


def given(shape: type[StrictIn], typed: Mapping[str, str]) -> dict[str, Any]:
    """Return what a form holds, checked as REST checks the same members; an empty field was not
    given, a field that the shape does not know is another part's.

    Raises Refused with the first fault.
    """
    known = shape().get_fields()
    asked = shape(data={name: typed[name] for name in known if typed.get(name, "") != ""})
    if asked.is_valid():
        return dict(asked.validated_data)
    name, faults = next(iter(asked.errors.items()))
    sentence = f"{name.replace('_', ' ').capitalize()}: {faults[0]}"
    raise Refused(sentence, extra={FIELD: name})


def needs_of(text: str) -> list[str]:
    """Return what a field with commas says: `firmware>=1.4, bootloader>=2`."""
    return [each.strip() for each in text.split(",") if each.strip()]


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
    was = refused.take(request)
    frame = admin.site.each_context(request) | {"title": title, "trail": trail, "refused": was}
    answer = TemplateResponse(request, f"console/{template}", frame | context)
    if was.form:
        answer.add_post_render_callback(lambda made: _fill(made, was))
    return answer


def _fill(made: HttpResponse, was: RefusedForm) -> None:
    made.content = filled(made.content.decode(), was).encode()


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
