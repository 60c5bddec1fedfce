"""What an alert rule may do: ask for samples of an incident's devices, which a person approves."""

from typing import Final

from device_agent.protocol.field.capture import REASON_MAX, Pick
from fleet.telemetry.alerts.actions import Action, ActionOrder
from fleet.telemetry.field.capture.acts import capture_ask
from fleet.telemetry.monitor.notifications.emit import emit
from fleet.telemetry.monitor.notifications.events import CAPTURE_REQUESTED

SAMPLES: Final = 100  # of each device, those of which the model was least sure
BYTES_MAX: Final = 1024 * 1024  # of each device
HOURS: Final = 24.0


def _ask(order: ActionOrder) -> str:
    """Ask, and tell those who may approve. Raises Refused, Unprocessable."""
    incident = order.incident
    reason = f"The rule {order.rule!r} told of {incident.cause}"
    request = capture_ask(
        version=incident.version,
        by=order.by,
        reason=reason[:REASON_MAX],
        samples=SAMPLES,
        bytes_max=BYTES_MAX,
        hours=HOURS,
        incident=incident,
        pick=Pick.UNCERTAIN,
    )
    data = {"id": request.public_id, "incident": incident.public_id, "rule": order.rule}
    emit(CAPTURE_REQUESTED, request.public_id, data)
    return f"{request.public_id} waits for a person's approval."


ACTIONS: Final = (Action("capture_samples", "Ask for samples of the incident's devices.", _ask),)
