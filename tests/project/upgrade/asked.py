"""A program: asks a migrated service, as people, pipelines and devices of the release before would.

Usage: `python -m tests.project.upgrade.asked SECRETS.json`, with the service's own environment. It
prints what was answered as JSON.
"""

import json
import sys
from base64 import b64encode
from datetime import datetime
from pathlib import Path
from typing import Any

import django

LISTS = ("models", "devices", "releases", "rollouts", "builds", "groups")


def main(secrets: dict[str, Any]) -> dict[str, Any]:
    """Return each question's answer: a count of rows, or a status."""
    django.setup()
    from django.core.management import call_command
    from django.test import Client
    from django.test.utils import setup_test_environment

    from fleet.access import audit
    from fleet.lib import clock

    setup_test_environment()
    call_command("migrate", "--check", verbosity=0)
    call_command("makemigrations", "--check", verbosity=0)
    pipeline = Client(headers={"authorization": f"Bearer {secrets['api_token']}"})
    answered: dict[str, Any] = {
        name: _count(pipeline.get(f"/api/v1/{name}/", {"page_size": 100})) for name in LISTS
    }
    for scheme, name in (("TargetToken", "target_token"), ("GatewayToken", "gateway_token")):
        held = secrets[name]
        answered[name] = _poll(Client(), held["device"], f"{scheme} {held['secret']}")
    answered["key"] = _poll(Client(), secrets["device_key"]["device"], _session(secrets))
    person = Client()
    answered["password"] = person.login(username="admin", password=secrets["password"])
    answered["incidents"] = _count(person.get("/api/v1/incidents/"))
    answered["pages"] = {
        place: person.get(f"/console/{place}").status_code
        for place in ("", "models/digits", "devices", "rollouts", "incidents", "releases")
    }
    answered["code"] = _enrol(secrets["enrolment_code"])
    answered["audit"] = audit.verify().whole
    now = clock.now
    try:  # a session lives for some minutes, and an upgrade must not end it
        clock.now = lambda: datetime.fromisoformat(secrets["made_at"])
        held = secrets["session"]
        answered["session"] = _poll(Client(), held["device"], f"DeviceToken {held['token']}")
    finally:
        clock.now = now
    return answered


def _count(answer: Any) -> int | str:
    return len(answer.json()["results"]) if answer.status_code == 200 else answer.content.decode()


def _poll(client: Any, device: str, authorization: str) -> int:
    headers = {"authorization": authorization}
    return client.get(f"/default/controller/v1/{device}", headers=headers).status_code  # type: ignore[no-any-return]


def _session(secrets: dict[str, Any]) -> str:
    """Open a session with the key that the device has had since before."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from django.test import Client

    from device_agent.protocol import http
    from device_agent.protocol.enrol import session_message

    held, client = secrets["device_key"], Client()
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(held["seed"]))
    asked = {"controller_id": held["device"]}
    challenge = client.post(http.CHALLENGE_PATH, asked, "application/json").json()["challenge"]
    signature = b64encode(key.sign(session_message(challenge))).decode()
    said = asked | {"challenge": challenge, "signature": signature}
    return f"DeviceToken {client.post(http.SESSION_PATH, said, 'application/json').json()['token']}"


def _enrol(code: str) -> str:
    """Return the name of the enrolment code that a secret of before still opens."""
    from fleet.devices.enrolment.codes import code_use

    return code_use(code).name


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(Path(sys.argv[1]).read_text()))))
