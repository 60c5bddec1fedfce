"""A form that was refused comes back with what was typed, and says at the field what is wrong.

It is kept in the person's session from the refusal to the next page, which is the one that the form
is on; `fill` puts it there. Guarantees: no secret is kept, and no more than `KEPT_MAX` characters.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import HttpRequest

from fleet.lib.errors import FIELD, FleetError

SESSION_KEY: Final = "refused_form"
KEPT_MAX: Final = 100_000  # characters of all fields
SECRET: Final = frozenset("csrfmiddlewaretoken secret password signature yes typed back".split())


@dataclass(frozen=True)
class RefusedForm:
    """What was typed into the form of an address, and why it was refused."""

    form: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    ticked: Mapping[str, list[str]] = field(default_factory=dict)
    message: str = ""
    wrong: str = ""  # the field that the message is about; empty for the form as a whole


def keep(request: HttpRequest, error: FleetError) -> None:
    """Keep what was typed for the page that the person is led back to."""
    ticked = {name: values for name, values in request.POST.lists() if name not in SECRET}
    kept = {
        "form": request.path,
        "ticked": ticked,
        "message": error.message,
        "wrong": str(error.extra.get(FIELD, "")),
    }
    if len(json.dumps(kept)) <= KEPT_MAX:
        request.session[SESSION_KEY] = kept


def take(request: HttpRequest) -> RefusedForm:
    """Return what was kept, once; an empty form where nothing was."""
    kept: dict[str, Any] | None = request.session.pop(SESSION_KEY, None)
    if kept is None:
        return RefusedForm()
    return RefusedForm(typed={name: values[-1] for name, values in kept["ticked"].items()}, **kept)
