"""Answers as devices and update clients understand them, whatever they write into `Accept`."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response


class AnyType(BaseContentNegotiation):
    """Clients ask for `application/hal+json`, `*/*` or nothing; all get the same JSON."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        """Return the first parser."""
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the JSON renderer."""
        return next(iter(renderers)), "application/json"


def json_answer(body: Mapping[str, Any] | list[Any], *, status: int = 200) -> HttpResponse:
    """Return a JSON body in one piece, with its length."""
    data = json.dumps(body, separators=(",", ":")).encode()
    answer = HttpResponse(data, status=status, content_type="application/json")
    answer["Content-Length"] = str(len(data))
    answer["Cache-Control"] = "no-cache"
    return answer


def empty_answer(status: int = 200) -> HttpResponse:
    """No body; where nothing else is said 200, for some clients accept nothing else."""
    answer = HttpResponse(status=status, content_type="application/json")
    answer["Content-Length"] = "0"
    return answer


def hawkbit_problem(error: Exception, problem: Response) -> HttpResponse:
    """Return a problem in the members that hawkBit's clients and tools show, beside its own."""
    body = {
        "exceptionClass": type(error).__name__,
        "errorCode": f"edgefleet.{problem.data['code']}",
        "message": problem.data["detail"],
    } | dict(problem.data)
    return with_headers_of(json_answer(body, status=problem.status_code), problem)


def with_headers_of(answer: HttpResponse, problem: Response) -> HttpResponse:
    """Return an answer with what a problem says of credentials and of waiting."""
    for name in ("WWW-Authenticate", "Retry-After"):
        if name in problem.headers:
            answer[name] = problem.headers[name]
    return answer
