"""The symmetric scheme of the Standard Webhooks specification, version 1.0. Pure.

A secret is `whsec_` and base64 of its bytes. Signed is `id.timestamp.body`, with HMAC-SHA256; the
header holds `v1,` and base64 of it.
"""

import binascii
import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32  # the specification takes 24 to 64
SECRET_BYTES_RANGE: Final = (24, 64)
VERSION: Final = "v1"


class BadWebhookSecret(ValueError):
    """A text that is not a secret of this scheme."""


def new_webhook_secret() -> str:
    """Return a new secret such as `whsec_…`."""
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers of a message. Raises BadWebhookSecret."""
    timestamp = str(int(at.timestamp()))
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    digest = hmac.new(_key(secret), content, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"{VERSION},{b64encode(digest).decode()}",
    }


def _key(secret: str) -> bytes:
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadWebhookSecret("A webhook's secret is whsec_ and base64.") from error
    least, most = SECRET_BYTES_RANGE
    if not secret.startswith(PREFIX) or not least <= len(key) <= most:
        raise BadWebhookSecret(f"A webhook's secret is whsec_ and base64 of {least} to {most}.")
    return key
