"""Certificates that a proxy in front has checked: its headers name the device and its issuer.

Guarantees: off unless the setting allows it; the headers count from a trusted proxy's address
alone, so the proxy has to overwrite whatever clients send under these names; the certificate's name
must be the controller id of the address, and one of its issuers must be trusted.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from django.conf import settings

from fleet.lib.errors import Unauthenticated

CONTROLLER: Final = "X-Controller-Id"
AUTHORITY: Final = "X-Authority"
AUTHORITIES_MAX: Final = 16  # numbered headers that are looked at
NETWORKS_MAX: Final = 64
_SEPARATORS: Final = re.compile(r"[,;\s]+")


def named_by_proxy(headers: Mapping[str, str], address: str) -> str | None:
    """Return the controller id of a certificate that a proxy has checked; None where it tells of
    none. Raises Unauthenticated for an issuer that is not trusted.
    """
    if not settings.EDGEFLEET_PROXY_CERTIFICATES or not is_trusted_proxy(address):
        return None
    named = headers.get(CONTROLLER, "").strip()
    issuers = _issuers(headers)
    if not named or not issuers:
        return None
    trusted = {issuer.lower() for issuer in settings.EDGEFLEET_CERTIFICATE_ISSUERS}
    if not issuers & trusted:
        raise Unauthenticated("The issuer of this certificate is not trusted here.")
    return named


def _issuers(headers: Mapping[str, str]) -> frozenset[str]:
    names = [AUTHORITY, *(f"{AUTHORITY}-{number}" for number in range(AUTHORITIES_MAX))]
    words = (word for name in names for word in _SEPARATORS.split(headers.get(name, "")))
    return frozenset(word.lower() for word in words if word)


def is_trusted_proxy(address: str) -> bool:
    """Tell whether a request comes from a proxy whose headers count."""
    networks = _networks(tuple(settings.EDGEFLEET_TRUSTED_PROXIES))
    try:
        caller = ip_address(address)
    except ValueError:  # a socket of this machine has none
        return False
    return any(caller in network for network in networks)


@lru_cache(maxsize=8)
def _networks(words: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(word, strict=False) for word in words[:NETWORKS_MAX])
