"""Tokens whose secret a management client may read again: encrypted with the service's own key.

Only tokens that were made over this API are kept so. A stolen database without the service's secret
key shows none of them.
"""

import base64
import hashlib
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

from fleet.devices.models import ClientToken, Device, Group
from fleet.devices.tokens import issue as tokens
from fleet.lib.actor import Actor
from ota.models import ShownSecret

SALT: Final = b"ota.hawkbit.secrets"


@transaction.atomic
def secret_give(*, holder: Device | Group, by: Actor, secret: str | None = None) -> str:
    """Make a token that alone is good for its holder, and keep its secret sealed."""
    held = {"device": holder} if isinstance(holder, Device) else {"group": holder}
    for old in ClientToken.objects.filter(**held):
        tokens.token_retire(token=old, by=by)
    token, made = tokens.token_issue(holder=holder, by=by, secret=secret)
    ShownSecret.objects.filter(token__in=ClientToken.objects.filter(**held)).delete()
    ShownSecret.objects.create(token=token, sealed=_box().encrypt(made.encode()).decode())
    return made


def secret_of(holder: Device | Group) -> str | None:
    """Return the secret of the newest token; None where another API made it, or another key."""
    held = {"token__device": holder} if isinstance(holder, Device) else {"token__group": holder}
    row = ShownSecret.objects.filter(**held, token__newest=True).first()
    if row is None:
        return None
    try:
        return _box().decrypt(row.sealed.encode()).decode()
    except InvalidToken:
        return None


def _box() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_key(str(key))) for key in keys])


def _key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(SALT + secret.encode()).digest())
