"""The answer to what we did wrong: it tells nothing of the inside, and where the log tells it."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from fleet.lib import logs
from fleet.lib.rest.problems import problem
from fleet.lib.rest.refusals import PROBLEM_JSON

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Server error</title>
<h1>Something went wrong here</h1><p>The log has it under the number <code>{number}</code>.</p>
"""


def server_error(request: HttpRequest) -> HttpResponse:
    """Problem details for programs, a page for people."""
    if request.path.startswith("/console/"):
        return HttpResponse(PAGE.format(number=logs.request_id()), status=500)
    body = problem(500, "Something went wrong here; the log has it.", code="server_error").data
    return JsonResponse(body, status=500, content_type=PROBLEM_JSON)
