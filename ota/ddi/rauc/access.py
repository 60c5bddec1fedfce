"""How a RAUC service proves who it is: by a certificate, or by a token from its `.netrc`.

It sends no head of ours, but libcurl below it sends what a `.netrc` holds, with every request for
the host: basic authentication, whose name is here a scheme and whose password is the token.
"""

import base64
import binascii
from typing import Final

from rest_framework.request import Request

from fleet.devices.authentication import DevicePrincipal
from ota.ddi.polled import PollAuthentication

BASIC: Final = "Basic"
BASIC_MAX: Final = 400  # characters of base64
NAMES: Final = frozenset({"TargetToken", "GatewayToken"})


class RaucAuthentication(PollAuthentication):
    """What every device may show, and the same tokens in basic authentication."""

    def _caller(self, request: Request, scheme: str, secret: str) -> DevicePrincipal | None:
        if scheme != BASIC:
            return super()._caller(request, scheme, secret)
        name, password = _opened(secret)
        return super()._caller(request, name, password) if name in NAMES else None


def _opened(secret: str) -> tuple[str, str]:
    """Return name and password; nothing twice for what is not basic authentication."""
    try:
        text = base64.b64decode(secret[: BASIC_MAX + 1], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    name, _, password = text.partition(":")
    return name, password
