"""Keys and signatures: which keys must sign what, until when, and what waits for them."""

from django.http import HttpRequest, HttpResponse

from builds.models import SigningKey
from fleet.access.audit import checkpoint
from fleet.console.page import page, show
from fleet.console.svg.bars import stacked
from fleet.lib import clock
from ota.trust import overview
from ota.trust.overview import RoleStatus

LOOKS = {None: "good", "notice": "busy", "warning": "warn", "critical": "bad"}


@page("ota_read")
def trust(request: HttpRequest) -> HttpResponse:
    """Show the repository's roles, what waits for a signature, and the service's own keys."""
    rows = [(role, _bar(role)) for role in overview.roles(clock.now())]
    return show(
        request,
        "trust.html",
        "Keys and signatures",
        roles=rows,
        waiting=overview.waiting(),
        keys=SigningKey.objects.order_by("role", "-created_at"),
        head=checkpoint.newest(),
    )


def _bar(role: RoleStatus) -> str:
    used = round(100 * (1 - role.left))
    title = f"{role.validity.role}: {100 - used} % of its validity is left"
    return stacked(title, [("left, %", 100 - used, LOOKS[role.level]), ("gone, %", used, "empty")])
