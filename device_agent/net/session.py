"""A session: a short token, obtained by signing a challenge with the device's own key.

Each run of the agent draws a name for itself and tells it, so that the service notices two devices
that use one key. While a key is being replaced, the one that is to follow is tried as well.
"""

import json
import secrets
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urljoin

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent.clock import Clock
from device_agent.errors import Rejected
from device_agent.net.http_errors import parsed, refuse
from device_agent.net.transport import Request, Wire
from device_agent.protocol import ddi, enrol
from device_agent.protocol.http import CHALLENGE_PATH, SESSION_PATH

RENEW_BEFORE_SECONDS = 30.0
INSTANCE_BYTES = 8  # random: two runs that share a name are not to be expected

T = TypeVar("T")


class DeviceSession:
    """The token, renewed shortly before it ends or when it is refused."""

    def __init__(
        self,
        wire: Wire,
        clock: Clock,
        *,
        server_url: str,
        controller_id: str,
        key: Ed25519PrivateKey,
        next_key: Ed25519PrivateKey | None = None,
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        self._wire, self._clock, self._key = wire, clock, key
        self._next_key, self._settle = next_key, settle
        self._instance = secrets.token_hex(INSTANCE_BYTES)
        self.boot_id = 0
        self._server_url, self._controller_id = server_url, controller_id
        self._token = ""
        self._ends_at = 0.0

    def token(self) -> str:
        """Return a token that is still good."""
        if not self._token or self._clock.uptime() >= self._ends_at:
            self.renew()
        return self._token

    def renew(self) -> None:
        """Get a new one."""
        try:
            opened = self._open(self._key)
        except Rejected as error:
            if error.status != 401 or self._next_key is None:
                raise
            opened = self._open(self._next_key)
            self._key, self._next_key = self._next_key, None
            self._settle()
        self._token = opened.token
        self._ends_at = self._clock.uptime() + max(opened.expires_in - RENEW_BEFORE_SECONDS, 1.0)

    def _open(self, key: Ed25519PrivateKey) -> enrol.SessionGrant:
        asked = enrol.dump_challenge_request(self._controller_id, self._instance, self.boot_id)
        challenge = self._post(CHALLENGE_PATH, asked, enrol.parse_challenge)
        signature = key.sign(enrol.session_message(challenge))
        answer = enrol.dump_session_request(self._controller_id, challenge, signature)
        return self._post(SESSION_PATH, answer, enrol.parse_session)

    def _post(self, path: str, value: object, parse: Callable[[object], T]) -> T:
        url = urljoin(self._server_url, path)
        return post_json(self._wire, url, value, parse, wall=self._clock.wall())


def post_json(
    wire: Wire,
    url: str,
    value: object,
    parse: Callable[[object], T],
    *,
    wall: float,
    limit: int = ddi.BODY_LIMIT,
) -> T:
    """Ask one question without credentials; return the checked answer."""
    body = json.dumps(value).encode()
    headers = {"Content-Type": "application/json"}
    answer = wire.fetch(Request("POST", url, headers, body), limit=limit)
    if not 200 <= answer.status < 300:
        refuse(answer.status, answer.headers, url, answer.body, wall=wall)
    return parsed(answer.body, parse, url, limit=limit)
