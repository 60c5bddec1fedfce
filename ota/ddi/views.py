"""hawkBit's DDI v1, as its real clients use it.

Reading a deployment notes that the device has seen it; the poll itself is in `poll.py`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from django.http import HttpResponse
from rest_framework.request import Request

from device_agent.protocol import ddi, fields
from device_agent.protocol.delta.offer import DeltaOffer
from device_agent.protocol.errors import ProtocolError, QuotaExceeded
from device_agent.protocol.instruction import dump_pair
from fleet.devices.device_api.answers import empty_answer, json_answer
from fleet.lib import clock
from fleet.lib.errors import NotFound, Refused, TooManyRequests
from ota import services
from ota.ddi import documents
from ota.ddi.base import DdiView
from ota.delivery.handling import parse_delivery
from ota.engine.states import AssignmentState
from ota.models import Assignment, Instruction
from ota.releases.deltas.offering import offers
from ota.services.assignment import SILENT_RETRY_SECONDS, assignment_of
from ota.services.beliefs import action_told
from ota.services.cancellation import cancellation_of
from ota.services.told.device_report import config_data_put, installed_put

T = TypeVar("T")


def parsed(parse: Callable[[object], T], value: object) -> T:
    """Return a message of the protocol, or a refusal that says what is wrong with it."""
    try:
        return parse(value)
    except QuotaExceeded as error:
        extra = {"retry_after_seconds": SILENT_RETRY_SECONDS}
        raise TooManyRequests(str(error), code="quota", extra=extra) from error
    except ProtocolError as error:
        raise Refused(str(error)) from error


class DeploymentBase(DdiView):
    """What to install."""

    key = "deployment"

    def file_link(self, module: int, filename: str) -> str:
        """Return the address of a file."""
        return self.link("artifact", module=module, filename=filename)

    def get(self, request: Request, action: int, **kwargs: Any) -> HttpResponse:
        """Answer with the deployment. The device has seen it from now on."""
        del kwargs
        row = services.assignment_retrieve(device=self.device, action_id=action)
        return self.answer(row, request, offers(row, partial(self._delta_link, row)))

    def answer(
        self, row: Assignment, request: Request, deltas: tuple[DeltaOffer, ...] = ()
    ) -> HttpResponse:
        """Return the deployment's document, with as much history as was asked for."""
        told = documents.deployment(row, self.file_link, clock.now(), deltas)
        body = ddi.dump_deployment(told, self.key)
        wanted = _whole_number(request.query_params.get("actionHistory", "0"))
        if wanted:
            body["actionHistory"] = documents.history(row, wanted)
        return json_answer(body)

    def _delta_link(self, row: Assignment, sha256: str) -> str:
        built = documents.artifact_of(row)
        return self.link("delta", module=built.pk, filename=built.filename, sha256=sha256)


class InstalledBase(DeploymentBase):
    """What was installed by an action that has ended."""

    def get(self, request: Request, action: int, **kwargs: Any) -> HttpResponse:
        """Answer with the deployment of a succeeded action."""
        del kwargs
        row = assignment_of(self.device, action)
        if row.state != AssignmentState.SUCCEEDED or not parse_delivery(row.delivery).installs():
            raise NotFound(f"Action {action} did not install anything.")
        return self.answer(row, request)


class DeploymentFeedback(DdiView):
    """How it goes."""

    def post(self, request: Request, action: int, **kwargs: Any) -> HttpResponse:
        """Take a report."""
        del kwargs
        feedback = parsed(ddi.parse_feedback, self.body(request, "The feedback"))
        try:
            services.assignment_update(device=self.device, action_id=action, feedback=feedback)
        except NotFound:
            action_told(self.device, action)
            raise
        return empty_answer()


class CancelAction(DdiView):
    """Which action to stop."""

    def get(self, request: Request, action: int, **kwargs: Any) -> HttpResponse:
        """Answer with the action to stop."""
        del request, kwargs
        row = cancellation_of(self.device, action)
        return json_answer(ddi.dump_cancel(ddi.Cancellation(str(row.pk), str(row.pk))))


class CancelFeedback(DdiView):
    """Whether it stopped."""

    def post(self, request: Request, action: int, **kwargs: Any) -> HttpResponse:
        """Take the answer."""
        del kwargs
        feedback = parsed(ddi.parse_feedback, self.body(request, "The feedback"))
        services.assignment_cancel_answer(device=self.device, action_id=action, feedback=feedback)
        return empty_answer()


class ConfigDataView(DdiView):
    """What the device says of itself."""

    def put(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Store attributes and what runs."""
        del kwargs
        config = parsed(ddi.parse_config_data, self.body(request, "The configuration data"))
        config_data_put(device=self.device, config=config)
        return empty_answer()


class Installed(DdiView):
    """What runs here already, by name and version, for a device that came with it."""

    def put(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Store it: 201 for news, 200 for what was known."""
        del kwargs
        body = self.body(request, "The installed set")
        name, version = parsed(_named_version, body)
        fresh = installed_put(device=self.device, model=name, label=version)
        return empty_answer(201 if fresh else 200)


class SignedInstruction(DdiView):
    """The signed documents of an open action: the director's and the builder's."""

    def get(self, request: Request, action: int, **kwargs: Any) -> HttpResponse:
        """Answer with both envelopes. The device has seen the action from now on."""
        del request, kwargs
        row = services.assignment_retrieve(device=self.device, action_id=action)
        signed = Instruction.objects.filter(assignment=row).latest("counter")
        artifact = documents.artifact_of(row).artifact
        if artifact is None:
            raise NotFound("Software of other makers has no instruction: their clients need none.")
        return json_answer(dump_pair(signed.envelope, artifact.signature, signed.switch))


def _named_version(value: object) -> tuple[str, str]:
    data = fields.members(value, "The installed set")
    return fields.text(data, "name", limit=64), fields.text(data, "version", limit=64)


def _whole_number(text: str) -> int:
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6:
        raise Refused("'actionHistory' must be a whole number.")
    return int(text)
