"""The five routes by which a device's user agrees to updates."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from device_agent.protocol import ddi
from fleet.devices.device_api.answers import empty_answer, json_answer
from ota.choices import UNCONFIRMED
from ota.ddi.base import DdiView
from ota.ddi.polled import poll_state
from ota.ddi.views import DeploymentBase, parsed
from ota.services.consent import confirmation


class ConfirmationBase(DdiView):
    """Whether this device's user is asked, and what waits for an answer."""

    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Answer with the state of auto-confirmation, and with links."""
        del request, kwargs
        kept = confirmation.auto_confirm_of(self.device)
        said: dict[str, Any] = {"active": kept is not None}
        if kept is not None:
            said |= {"initiator": kept["initiator"], "remark": kept["remark"]}
            said["activatedAt"] = kept["at"]
        rel = "activateAutoConfirm" if kept is None else "deactivateAutoConfirm"
        name = "confirm-always" if kept is None else "confirm-each"
        links = {rel: {"href": self.link(name)}}
        state = poll_state(self.device)
        if state.action is not None and state.consent in UNCONFIRMED:
            links["confirmationBase"] = {"href": self.link("confirmation", action=state.action)}
        return json_answer({"autoConfirm": said, "_links": links})


class ConfirmationDetail(DeploymentBase):
    """What the user is asked about."""

    key = "confirmation"

    def get(self, request: Request, action: int, **kwargs: Any) -> HttpResponse:
        """Answer with the deployment that waits."""
        del kwargs
        return self.answer(confirmation.awaiting_of(self.device, action), request)


class ConfirmationAnswer(DdiView):
    """The user's word."""

    def post(self, request: Request, action: int, **kwargs: Any) -> HttpResponse:
        """Take it."""
        del kwargs
        feedback = parsed(ddi.parse_confirmation, self.body(request, "The confirmation"))
        confirmation.confirmation_answer(device=self.device, action_id=action, feedback=feedback)
        return empty_answer()


class ActivateAutoConfirm(DdiView):
    """Ask no more."""

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take it; 409 where it was said before. The body may be missing."""
        del kwargs
        told = self.body_or_nothing(request, "The auto-confirmation")
        said = parsed(ddi.parse_auto_confirm, told)
        confirmation.auto_confirm_activate(device=self.device, said=said)
        return empty_answer()


class DeactivateAutoConfirm(DdiView):
    """Ask again."""

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take it. The body may be missing, and says nothing."""
        del kwargs
        parsed(ddi.parse_auto_confirm, self.body_or_nothing(request, "The body"))
        confirmation.auto_confirm_deactivate(device=self.device)
        return empty_answer()
