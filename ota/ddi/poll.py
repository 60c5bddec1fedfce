"""A poll: what there is to do, as links. One indexed read and no write."""

import math
import zlib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from device_agent.protocol import ddi
from device_agent.protocol.field import capture, shadow
from fleet.devices.device_api.answers import json_answer
from fleet.lib import clock
from ota.choices import UNCONFIRMED
from ota.ddi.base import DdiView
from ota.ddi.polled import PollAuthentication, PollingPrincipal, PollState, poll_state
from ota.delivery.handling import DeliveryRules, Handled, changes_at, handled, parse_delivery


class PollView(DdiView):
    """What is there to do?"""

    authentication_classes = (PollAuthentication,)

    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Answer with links: cancel or deploy, report attributes, and where telemetry goes."""
        del request, kwargs
        state, now = self._state(), clock.now()
        delivery = parse_delivery(state.delivery)
        poll = ddi.Poll(sleep_seconds(state, delivery, now), self._links(state, delivery, now))
        return json_answer(ddi.dump_poll(poll))

    def _state(self) -> PollState:
        caller: object = self.request.user
        known = caller.poll if isinstance(caller, PollingPrincipal) else None
        return known or poll_state(self.device)

    def _links(self, state: PollState, delivery: DeliveryRules, now: datetime) -> dict[str, str]:
        links = self._action(state, handled(delivery, now))
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

    def _action(self, state: PollState, how: Handled) -> dict[str, str]:
        if state.action is None:
            return {}
        if state.cancelling:
            # A shipped client skips one character too many before the number: give it a zero.
            base, _, number = self.link("cancel", action=state.action).rpartition("/")
            return {"cancelAction": f"{base}/0{number}"}
        # Whatever is changed by time alone is in the address, so that no cache serves the old body.
        words = f"{state.public_id} {how.download} {how.update} {how.window}"
        content = zlib.crc32(words.encode())
        if state.consent in UNCONFIRMED:
            return {
                "confirmationBase": f"{self.link('confirmation', action=state.action)}?c={content}"
            }
        links = {"deploymentBase": f"{self.link('deployment', action=state.action)}?c={content}"}
        return links | ({"instruction": self._instruction(state)} if state.built else {})

    def _instruction(self, state: PollState) -> str:
        """With a name that never comes again: agents remember outcomes longer than a database that
        is restored remembers its numbers.
        """
        link = self.link("instruction", action=state.action)
        return f"{link}?assignment={state.public_id}"


def sleep_seconds(state: PollState, delivery: DeliveryRules, now: datetime) -> int:
    """Return when the device is to come again: sooner, where it waits for a window to open."""
    usual = ddi.parse_sleep(state.sleep) if state.sleep else settings.EDGEFLEET_POLL_SECONDS
    start = changes_at(delivery, now)
    if start is None:
        return usual
    return max(1, min(usual, math.ceil((start - now).total_seconds())))
