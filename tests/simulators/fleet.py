"""Hundreds of devices in memory that speak the protocol through Django's test client.

`fleet = FleetSimulator(devices); fleet.fail("cam-003"); fleet.run(rollout)`. Each device verifies
what it is told with the published keys, as the real agent does, and keeps what it saw.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client

from builds import keyring
from device_agent.protocol import ddi
from device_agent.protocol.instruction import open_pair
from fleet.devices.keys import session_token as sessions
from fleet.devices.models import Device
from fleet.lib import clock
from ota import services
from ota.models import Rollout

Json = dict[str, Any]


SESSION_SECONDS = 1800  # a device signs in again before its token expires


def sign_in(client: Client, device: Device) -> None:
    """Give the client a fresh token of the device."""
    token = sessions.token_new(device.public_id, device.key_fingerprint)
    client.defaults["HTTP_AUTHORIZATION"] = f"DeviceToken {token}"


def caller(device: Device) -> Client:
    """A test client that is signed in as the device."""
    client = Client()
    sign_in(client, device)
    return client


@dataclass
class SimDevice:
    """One device: polls, verifies, installs, reports; `trouble` makes it fail with that word."""

    device: Device
    client: Client
    keys: dict[str, dict[str, str]]
    trouble: str = ""
    offline: bool = False
    stubborn: bool = False  # refuses cancels
    running: dict[str, str] = field(default_factory=dict)
    installed: list[str] = field(default_factory=list)
    counter: int = 0
    holding: str = ""  # the deployment it works on, between two polls
    requests: int = 0

    @property
    def base(self) -> str:
        return f"/{settings.EDGEFLEET_TENANT}/controller/v1/{self.device.controller_id}"

    def poll(self) -> bool:
        """One round; whether there was anything to do."""
        if self.offline:
            return False
        links = {rel: link["href"] for rel, link in self._get(self.base)["_links"].items()}
        if "configData" in links:
            self._send("put", links["configData"], {"mode": "merge", "data": self._attributes()})
        if "cancelAction" in links:
            self._cancel(links["cancelAction"])
        elif "deploymentBase" in links:
            self._deploy(links)
        return bool({"cancelAction", "deploymentBase"} & set(links))

    def _attributes(self) -> dict[str, str]:
        return {"target": self.device.target, "agent_version": "simulated", **self.running}

    def _deploy(self, links: dict[str, str]) -> None:
        if not self.holding:
            self._get(links["deploymentBase"])
            self.holding = links["deploymentBase"]
            self.feedback(self.holding, "proceeding", "none", ["working"])
            return
        self.holding = ""
        document = self.client.get(urlsplit(links["instruction"]).path).content
        deployment = ddi.parse_deployment(self._get(links["deploymentBase"]))
        if self.trouble:
            words = [f"{self.trouble}: simulated"]
            self.feedback(links["deploymentBase"], "closed", "failure", words)
            return
        self._install(document, deployment)
        self.feedback(links["deploymentBase"], "closed", "success", ["runs"])

    def _install(self, document: bytes, deployment: ddi.Deployment) -> None:
        trusted = {role: {key["keyid"]: key["public"]} for role, key in self.keys.items()}
        pair = open_pair(document, director=trusted["director"], artifacts=trusted["artifacts"])
        told = pair.instruction
        assert told.device == self.device.controller_id
        assert told.counter > self.counter, "a counter went down"
        artifact = deployment.chunks[0].artifacts[0]
        data = b"".join(self.client.get(urlsplit(artifact.download).path))
        assert hashlib.sha256(data).hexdigest() == told.artifact.sha256 == artifact.sha256
        assert hashlib.sha1(data).hexdigest() == artifact.sha1
        self.counter = told.counter
        self.installed.append(told.release)
        self.running = {
            "release": told.release,
            "model": told.model,
            "version": told.version,
            "sha256": told.artifact.sha256,
        }

    def _cancel(self, href: str) -> None:
        self._get(href)
        self.feedback(href, "closed", "failure" if self.stubborn else "success", ["heard"])
        self.holding = self.holding if self.stubborn else ""

    def feedback(self, href: str, execution: str, finished: str, details: list[str]) -> int:
        status = {"execution": execution, "result": {"finished": finished}, "details": details}
        return self._send("post", f"{urlsplit(href).path}/feedback", {"status": status})

    def _get(self, href: str) -> Json:
        self.requests += 1
        parts = urlsplit(href)
        answer = self.client.get(parts.path, QUERY_STRING=parts.query)
        assert answer.status_code == 200, (href, answer.status_code, answer.content)
        assert int(answer["Content-Length"]) == len(answer.content)
        body: Json = json.loads(answer.content)
        return body

    def _send(self, method: str, href: str, body: Json) -> int:
        self.requests += 1
        send: Callable[..., Any] = getattr(self.client, method)
        answer = send(urlsplit(href).path, json.dumps(body), content_type="application/json")
        assert answer.status_code == 200, (href, answer.status_code, answer.content)
        return int(answer.status_code)


class FleetSimulator:
    """All devices, one clock, and the worker's tick.

    A device with nothing to do polls every `rest` steps, not all in the same one.
    """

    def __init__(self, devices: Iterable[Device], *, rest: int = 1) -> None:
        self.rest, self.steps = rest, 0
        at = clock.now()
        keys = keyring.public_keys()
        self.devices = {d.controller_id: SimDevice(d, caller(d), keys) for d in devices}
        self.now = at
        self.signed_in = at - timedelta(seconds=SESSION_SECONDS)

    def __getitem__(self, name: str) -> SimDevice:
        return self.devices[name]

    def time(self) -> AbstractContextManager[None]:
        """The fleet's time, for what operators do between two steps."""
        return clock.fixed(self.now)

    def fail(self, *names: str, trouble: str = "install") -> None:
        for name in names or self.devices:
            self.devices[name].trouble = trouble

    def heal(self) -> None:
        for device in self.devices.values():
            device.trouble = ""

    def running(self) -> dict[str, int]:
        """Release → devices that run it."""
        counts: dict[str, int] = {}
        for device in self.devices.values():
            name = device.running.get("release", "")
            counts[name] = counts.get(name, 0) + 1
        return counts

    def step(self, rollout: Rollout, *, seconds: float = 1) -> bool:
        """One second: the worker ticks, every device polls once."""
        self.now += timedelta(seconds=seconds)
        self.steps += 1
        with clock.fixed(self.now):
            self._sign_in()
            services.rollout_tick(rollout.pk)
            busy = False
            for number, device in enumerate(self.devices.values()):
                if device.holding or (number + self.steps) % self.rest == 0:
                    busy = device.poll() or busy
            services.rollout_tick(rollout.pk)
        return busy

    def _sign_in(self) -> None:
        if self.now < self.signed_in + timedelta(seconds=SESSION_SECONDS):
            return
        self.signed_in = self.now
        for device in self.devices.values():
            sign_in(device.client, device.device)

    def run(self, rollout: Rollout, *, steps: int = 400, seconds: float = 1) -> str:
        """Until nothing changes any more; the rollout's state then."""
        quiet, seen = 0, ""
        for _ in range(steps):
            busy = self.step(rollout, seconds=seconds)
            rollout.refresh_from_db()
            word = f"{rollout.state} {rollout.revision}"
            quiet = 0 if busy or word != seen else quiet + 1
            seen = word
            if quiet >= self.rest + 2:
                return str(rollout.state)
        raise AssertionError(f"still not idle after {steps} steps: {seen}")
