"""What the app's REST views share: the scope, and the orders of its lists."""

from fleet.lib.rest.pages import StrictCursor
from fleet.lib.rest.views import StrictView


class RolloutEventCursor(StrictCursor):
    """Newest first by key: event rows have no `created_at`."""

    ordering = ("-pk", "-at")


class NewestCursor(StrictCursor):
    """Newest first by key, which orders assignments as they were made."""

    ordering = ("-pk", "-created_at")


class PositionCursor(StrictCursor):
    """In the order in which devices come."""

    ordering = ("position", "pk")


class LookCursor(StrictCursor):
    """In order of time."""

    ordering = ("at", "pk")


class OtaView(StrictView):
    """A view of this app: reading needs ota.read, changing ota.write unless it says otherwise."""

    scope = "ota"
