"""Which addresses a webhook may call. Pure; `post` asks again at each connection.

Guarantees: an address of this machine, of its networks or of its link is refused however it is
written or wrapped (IPv4 inside IPv6, 6to4, Teredo, NAT64), unless a setting names its network.
"""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final
from urllib.parse import SplitResult, urlsplit

from fleet.lib.errors import Refused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
NAT64: Final = IPv6Network("64:ff9b::/96")
PORT_MAX: Final = 65_535


def parsed_url(url: str, *, plain: bool) -> SplitResult:
    """Return the parts of a webhook's URL. Raises Refused; `plain` lets http pass."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("The URL cannot be read: write https://host/path.") from error
    if parts.scheme not in ({"http", "https"} if plain else {"https"}):
        raise Refused("A webhook's URL begins with https://.")
    if not parts.hostname or port == 0 or any(c <= " " or c > "~" for c in url):
        raise Refused("A webhook's URL names a host: write https://host/path, in ASCII.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Refused("A webhook's URL has no user, password or fragment: its secret signs it.")
    return parts


def is_literal(host: str) -> bool:
    """Tell whether a host is an address and not a name."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def networks(texts: Iterable[str]) -> list[Network]:
    """Return the networks that a setting allows. Raises Refused."""
    try:
        return [ip_network(text, strict=False) for text in texts]
    except ValueError as error:
        raise Refused(
            f"EDGEFLEET_WEBHOOK_NETWORKS holds what is not a network: {error}."
        ) from error


def is_allowed(text: str, allowed: Iterable[Network] = ()) -> bool:
    """Tell whether a connection to the address may be made."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inner = list(_wrapped(address))
    if any(each in network for each in (address, *inner) for network in allowed):
        return True
    return all(_is_public(each) for each in (address, *inner))


def _is_public(address: Address) -> bool:
    mapped = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    return mapped or (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
    )


def _wrapped(address: Address) -> Iterable[Address]:
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in NAT64:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
