"""hawkBit's DDI v1, as its real clients use it.

A poll is one indexed read and no write. Reading a deployment notes that the device has seen it.
"""

import zlib
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from device_agent.protocol import ddi, fields
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.field import capture, shadow
from device_agent.protocol.instruction import dump_pair
from fleet.devices.device_api.answers import empty_answer, json_answer
from fleet.lib.errors import NotFound, Refused
from ota import selectors, services
from ota.ddi import documents
from ota.ddi.base import DdiView
from ota.engine.states import AssignmentState
from ota.models import Assignment, Instruction
from ota.services.assignment import assignment_of
from ota.services.beliefs import action_told
from ota.services.cancellation import cancellation_of
from ota.services.device_report import config_data_put, installed_put

T = TypeVar("T")


def parsed(parse: Callable[[object], T], value: object) -> T:
    """Return a message of the protocol, or a refusal that says what is wrong with it."""
    try:
        return parse(value)
    except ProtocolError as error:
        raise Refused(str(error)) from error


class PollView(DdiView):
    """What is there to do?"""

    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Answer with links: cancel or deploy, report attributes, and where telemetry goes."""
        del request, kwargs
        state = selectors.poll_state(self.device)
        poll = ddi.Poll(settings.EDGEFLEET_POLL_SECONDS, self._links(state))
        return json_answer(ddi.dump_poll(poll))

    def _links(self, state: selectors.PollState) -> dict[str, str]:
        links: dict[str, str] = self._action(state)
        if state.config_wanted:
            links["configData"] = self.link("config-data")
        if state.installed is not None:
            links["installedBase"] = self.link("installed", action=state.installed)
        if state.shadow:
            links[shadow.REL] = f"{self.link(shadow.REL)}?id={state.shadow}"
        if state.capture:
            links[capture.REL] = f"{self.link(capture.REL)}?id={state.capture}"
        path = reverse("device-telemetry", args=[self.device.controller_id])
        return links | {"telemetry": self.absolute(path), "tuf": self.absolute(reverse("tuf"))}

    def _action(self, state: selectors.PollState) -> dict[str, str]:
        if state.action is None:
            return {}
        if state.cancelling:
            # A shipped client skips one character too many before the number: give it a zero.
            base, _, number = self.link("cancel", action=state.action).rpartition("/")
            return {"cancelAction": f"{base}/0{number}"}
        content = zlib.crc32(state.public_id.encode())
        return {
            "deploymentBase": f"{self.link('deployment', action=state.action)}?c={content}",
            "instruction": self._instruction(state),
        }

    def _instruction(self, state: selectors.PollState) -> str:
        """With a name that never comes again: agents remember outcomes longer than a database that
        is restored remembers its numbers.
        """
        link = self.link("instruction", action=state.action)
        return f"{link}?assignment={state.public_id}"


class DeploymentBase(DdiView):
    """What to install."""

    def get(self, request: Request, action: int, **kwargs: Any) -> HttpResponse:
        """Answer with the deployment. The device has seen it from now on."""
        del kwargs
        row = services.assignment_retrieve(device=self.device, action_id=action)
        return self.answer(row, request)

    def answer(self, row: Assignment, request: Request) -> HttpResponse:
        """Return the deployment's document, with as much history as was asked for."""
        artifact = documents.artifact_of(row)
        download = self.link("artifact", module=artifact.pk, filename=artifact.filename)
        body = ddi.dump_deployment(documents.deployment(row, download))
        wanted = _whole_number(request.query_params.get("actionHistory", "0"))
        if wanted:
            body["actionHistory"] = documents.history(row, wanted)
        return json_answer(body)


class InstalledBase(DeploymentBase):
    """What was installed by an action that has ended."""

    def get(self, request: Request, action: int, **kwargs: Any) -> HttpResponse:
        """Answer with the deployment of a succeeded action."""
        del kwargs
        row = assignment_of(self.device, action)
        if row.state != AssignmentState.SUCCEEDED:
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
        return json_answer(dump_pair(signed.envelope, artifact.signature))


def _named_version(value: object) -> tuple[str, str]:
    data = fields.members(value, "The installed set")
    return fields.text(data, "name", limit=64), fields.text(data, "version", limit=64)


def _whole_number(text: str) -> int:
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6:
        raise Refused("'actionHistory' must be a whole number.")
    return int(text)
