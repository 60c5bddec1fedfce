"""A RAUC service as its source has it: which requests it sends, and which answers it takes.

One request for the bytes 0 to 3 with the heads of its system.conf, redirects followed; an answer
other than 206 is an error, but for 204 and 304 of a poll. Then ranges of the last address, without
those heads. `.netrc` and certificates go with every request.
"""

import base64
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from fleet.devices.models import Device
from fleet.devices.tokens import issue as tokens
from tests.ota import makers
from tests.personas import SYSTEM

REDIRECTS_MAX = 8
CHUNK = 4096  # bytes of one read
BOOTS = (f"{number:08x}-7d6b-4c7f-9f43-0d0e7b6a3c11" for number in range(1, 10_000))
TRANSACTION = "0fe1d2c3-b4a5-4968-8776-655443322110"


def netrc(secret: str, name: str = "TargetToken") -> str:
    """What libcurl makes of a line in `.netrc`."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


@dataclass
class RaucService:
    """One machine with its service."""

    device: Device
    version: str = "1.0"
    authorization: str = ""
    boot: str = field(default_factory=lambda: next(BOOTS))
    tag: str = ""
    url: str = ""  # of the bundle, where a poll found one
    size: int = 0

    def __post_init__(self) -> None:
        if not self.authorization:
            secret = tokens.token_issue(holder=self.device, by=SYSTEM)[1]
            self.authorization = netrc(secret)
        self.client = Client(headers={"authorization": self.authorization})

    @property
    def address(self) -> str:
        return f"{makers.base(self.device)}/rauc"

    def headers(self, transaction: str = "") -> dict[str, str]:
        found = {
            "RAUC-Boot-ID": self.boot,
            "RAUC-Machine-ID": "6f0a5b1f6d0e4c83a0b7c1b7f0f6a5d4",
            "RAUC-Serial": "GW7-0042",
            "RAUC-Variant": "rev-b",
            "RAUC-System-Version": self.version,
            "RAUC-Uptime": "35.17",
        }
        return found | ({"RAUC-Transaction-ID": transaction} if transaction else {})

    def poll(self) -> int:
        """Poll once; 206 where a bundle was found."""
        known = {"If-None-Match": self.tag} if self.tag else {}
        return self._configure(self.headers() | known)

    def install(self) -> bytes | None:
        """Ask again in a transaction, then read the whole bundle; None where there is none."""
        if self._configure(self.headers(TRANSACTION)) != 206:
            return None
        return b"".join(self._read(at) for at in range(0, self.size, CHUNK))

    def reboots(self, version: str) -> None:
        self.boot, self.version, self.tag = next(BOOTS), version, ""

    def _configure(self, headers: dict[str, str]) -> int:
        address = self.address
        for _ in range(REDIRECTS_MAX):
            answer: Any = self.client.get(address, headers=headers | {"Range": "bytes=0-3"})
            if answer.status_code not in (301, 302, 303, 307, 308):
                break
            address = urlsplit(answer["Location"]).path
        if answer.status_code == 204:
            self.tag = self.url = ""
        if answer.status_code == 206:
            found = re.fullmatch(r"bytes 0-3/(\d+)", answer["Content-Range"])
            assert found is not None, answer["Content-Range"]
            assert b"".join(answer) == b"hsqs"
            self.url, self.size, self.tag = address, int(found[1]), answer["ETag"]
        assert answer.status_code != 200, "RAUC takes it for a server without ranges"
        return int(answer.status_code)

    def _read(self, at: int) -> bytes:
        end = min(at + CHUNK, self.size) - 1
        answer: Any = self.client.get(self.url, headers={"Range": f"bytes={at}-{end}"})
        assert answer.status_code == 206
        return b"".join(answer)
