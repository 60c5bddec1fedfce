"""The keys of issuers, read from where they publish them.

Guarantees: only issuers that the settings name are ever asked, at their own host; an answer is
bounded in time and bytes, redirects are not followed; an empty set of keys is never kept; an
unknown key asks at most once per minute, and whoever comes while no key is known comes again.
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import urllib3
from django.conf import settings
from django.core.cache import cache

from fleet.access.rules.identity import UnreadableIdentity
from fleet.access.rules.publishers import KINDS
from fleet.lib.errors import Unavailable
from fleet.lib.hashing import sha256_hex

TIMEOUT: Final = urllib3.Timeout(connect=5.0, read=5.0)  # seconds
ANSWER_MAX: Final = 256 * 1024  # bytes
KEPT_SECONDS: Final = 3600
COOL_DOWN_SECONDS: Final = 60
DISCOVERY: Final = ".well-known/openid-configuration"


def kind_of(issuer: str) -> str:
    """The kind of an issuer that the settings name. Raises UnreadableIdentity for others."""
    kind: str | None = settings.EDGEFLEET_OIDC_ISSUERS.get(issuer)
    if kind not in KINDS:
        raise UnreadableIdentity("The issuer of this identity is not trusted here.")
    return str(kind)


def jwk(issuer: str, kid: str) -> Mapping[str, Any]:
    """The issuer's key of that id. Raises UnreadableIdentity, or Unavailable where it is silent."""
    kind_of(issuer)
    name = f"oidc:keys:{sha256_hex(issuer.encode())}"
    kept: dict[str, Any] = cache.get(name) or {}
    if kid not in kept and cache.add(f"{name}:asked", 1, timeout=COOL_DOWN_SECONDS):
        kept = _fetched(issuer) or kept
        if kept:
            cache.set(name, kept, timeout=KEPT_SECONDS)
    elif not kept:
        # Another call is asking, or the issuer was silent: nothing is known of this identity.
        raise Unavailable("The issuer's keys are not here yet: come again.", code="no_issuer")
    if kid not in kept:
        raise UnreadableIdentity("The issuer has no key of the identity's name.")
    found: Mapping[str, Any] = kept[kid]
    return found


def _fetched(issuer: str) -> dict[str, Any]:
    uri = _document(f"{issuer.rstrip('/')}/{DISCOVERY}").get("jwks_uri")
    here, there = urlsplit(issuer), urlsplit(str(uri))
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise Unavailable("The issuer's keys are not at its own host.", code="issuer_unusable")
    rows = _document(str(uri)).get("keys")
    keys = rows if isinstance(rows, list) else []
    return {str(key["kid"]): key for key in keys if isinstance(key, dict) and "kid" in key}


def _document(url: str) -> dict[str, Any]:
    pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)
    try:
        answer = pool.request("GET", url, redirect=False, preload_content=False)
        data = answer.read(ANSWER_MAX + 1)
        answer.close()
        if answer.status != 200 or len(data) > ANSWER_MAX:
            raise Unavailable(f"The issuer answered {answer.status}.", code="issuer_unusable")
        found = json.loads(data)
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise Unavailable("The issuer cannot be asked for its keys.", code="no_issuer") from error
    finally:
        pool.clear()
    return found if isinstance(found, dict) else {}
