"""Alert rules: the list, and the editor with its back-test."""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import Trail, action, page, show, verb_of
from fleet.console.present.judgement.rules import (
    DEFAULTS,
    drawn_result,
    rate_sentence,
    sections,
    terms_from,
)
from fleet.lib.jobs import ACTIVE
from fleet.telemetry import selectors
from fleet.telemetry.alerts import actions, rules
from fleet.telemetry.models import AlertRule, BacktestRun

REFRESH_SECONDS: Final = 3  # while a worker runs a back-test


@page("telemetry_read")
def rule_list(request: HttpRequest) -> HttpResponse:
    """List rules with what they do."""
    return show(request, "rules.html", "Alert rules", rules=selectors.rules())


@page("telemetry_read")
def rule_new(request: HttpRequest) -> HttpResponse:
    """Show an empty editor."""
    return _editor(request, DEFAULTS)


@page("telemetry_read")
def rule(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the editor of a rule."""
    found = selectors.rule_get(public_id)
    return _editor(request, found.terms, found=found)


@page("telemetry_read")
def backtest(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a draft in the editor, with what it would have told."""
    run = selectors.backtest_get(public_id)
    name = request.GET.get("rule", "")
    found = selectors.rule_get(name) if name else None
    return _editor(request, run.terms, found=found, run=run, name=request.GET.get("name", ""))


@action("telemetry_write")
def rule_try(request: HttpRequest) -> HttpResponse:
    """Try a draft on the stored windows; nothing is saved."""
    terms = terms_from(dict(request.POST.lists()))
    run = rules.backtest_start(terms=terms, by=actor_of(request))
    query = {name: request.POST.get(name, "") for name in ("rule", "name")}
    address = reverse("console:backtest", args=[run.public_id], query=query)
    return HttpResponseRedirect(f"{address}#result")


@action("telemetry_write")
def rule_save(request: HttpRequest) -> HttpResponse:
    """Make a rule, or change the one that the form names."""
    terms = terms_from(dict(request.POST.lists()))
    name, by = request.POST.get("rule", ""), actor_of(request)
    if name:
        found = selectors.rule_get(name)
        rules.rule_edit(rule=found, terms=terms, by=by)
    else:
        found = rules.rule_create(name=request.POST.get("name", "")[:80], terms=terms, by=by)
    messages.success(request, f"{found.name} was saved.")
    return HttpResponseRedirect(reverse("console:rule", args=[found.public_id]))


@action("telemetry_write")
def rule_move(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Enable, disable or delete a rule."""
    verb_of(MOVES, verb)(request, selectors.rule_get(public_id))
    return HttpResponseRedirect(reverse("console:rules"))


def _enable(request: HttpRequest, found: AlertRule) -> None:
    rules.rule_edit(rule=found, enabled=True, by=actor_of(request))


def _disable(request: HttpRequest, found: AlertRule) -> None:
    rules.rule_edit(rule=found, enabled=False, by=actor_of(request))


def _delete(request: HttpRequest, found: AlertRule) -> None:
    rules.rule_delete(rule=found, by=actor_of(request))


MOVES: Final = {"enable": _enable, "disable": _disable, "delete": _delete}


def _editor(
    request: HttpRequest,
    terms: Mapping[str, Any],
    *,
    found: AlertRule | None = None,
    run: BacktestRun | None = None,
    name: str = "",
) -> HttpResponse:
    trail: Trail = [("Alert rules", reverse("console:rules"))]
    result = run.result if run is not None else None
    context: dict[str, Any] = {
        "rule": found,
        "name": found.name if found else name,
        "sections": sections(terms),
        "actions": actions.actions(),
        "destinations": selectors.destinations(),
        "run": run,
        "waits": run is not None and run.state in ACTIVE,
        "refresh": REFRESH_SECONDS,
        "result": result,
        "picture": drawn_result(result) if result else None,
        "rate": rate_sentence(result) if result else "",
    }
    return show(request, "rule.html", found.name if found else "New rule", trail, **context)
