"""A poll with nothing to do fits its budget on the wire, with the real service's headers."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django.live_server_helper import LiveServer

from device_agent.clock import SystemClock
from device_agent.identity.enrolment import enrol_device
from device_agent.identity.keys import device_key
from device_agent.net.client import DeviceClient
from device_agent.net.session import DeviceSession
from device_agent.net.transport import UrllibWire
from tests.agent_and_service.device import CONFIG, code
from tests.device_agent.budget import POLL_BYTES
from tests.device_agent.simulators.storage import SimStorage
from tests.device_agent.simulators.wiretap import tapped

POLLS = 5


@pytest.mark.django_db(transaction=True)
def test_a_poll_fits_into_two_kilobytes(live_server: LiveServer, settings: Any) -> None:
    parts = urlsplit(live_server.url)
    assert parts.hostname
    assert parts.port
    with tapped(parts.hostname, parts.port) as (address, count):
        settings.EDGEFLEET_PUBLIC_URL = address
        storage, wire, clock = SimStorage(), UrllibWire(), SystemClock()
        known, _ = enrol_device(
            storage=storage,
            wire=wire,
            clock=clock,
            server_url=address,
            code=code(),
            controller_id=CONFIG.controller_id,
            target=CONFIG.target,
            attributes={},
        )
        session = DeviceSession(
            wire,
            clock,
            server_url=known.poll_url,
            controller_id=known.controller_id,
            key=device_key(storage),
        )
        client = DeviceClient(wire, session, clock, poll_url=known.poll_url)
        client.poll()
        before = count.total
        for _ in range(POLLS):
            client.poll()
        poll_bytes = (count.total - before) / POLLS
        wire._pool.clear()
    assert 200 < poll_bytes <= POLL_BYTES
