"""Identities of CI jobs: signed claims, read strictly. Pure: keys and the time are arguments.

RS256 and nothing else, so that neither `none` nor an HMAC with a public key passes for a signature.
Nothing of the claims is used before the signature holds, but the issuer's name, which only selects
whose keys are asked.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from fleet.lib.errors import FleetError, Unauthenticated
from fleet.lib.text import strict_json

IDENTITY_MAX: Final = 16 * 1024  # characters
LEEWAY_SECONDS: Final = 30
LIFE_MAX_SECONDS: Final = 24 * 3600  # of an identity that is believed
BITS_MIN: Final = 2048
REQUIRED: Final = ("iss", "aud", "iat", "exp", "jti")
Claims = Mapping[str, Any]


class UnreadableIdentity(Unauthenticated):
    """An identity that is none, or that nobody trusted has signed."""

    code = "invalid-token"


def issuer_of(identity: str) -> str:
    """The issuer that an identity names, which is not believed yet. Raises UnreadableIdentity."""
    issuer = _parts(identity)[1].get("iss")
    if not isinstance(issuer, str):
        raise UnreadableIdentity("The identity names no issuer.")
    return issuer


def key_id_of(identity: str) -> str:
    """The key that an identity says it was signed with. Raises UnreadableIdentity."""
    header = _parts(identity)[0]
    if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
        raise UnreadableIdentity("An identity is signed with RS256, by a key that it names.")
    return str(header["kid"])


def key_of(jwk: Mapping[str, Any]) -> RSAPublicKey:
    """The public key of a JSON web key. Raises UnreadableIdentity for one that is not trusted."""
    try:
        if jwk["kty"] != "RSA":
            raise UnreadableIdentity("The issuer's key is not an RSA key.")
        numbers = (int.from_bytes(_decoded(str(jwk[name])), "big") for name in ("e", "n"))
        key = RSAPublicNumbers(*numbers).public_key()
    except (KeyError, ValueError) as error:
        raise UnreadableIdentity("The issuer's key cannot be read.") from error
    if key.key_size < BITS_MIN:
        raise UnreadableIdentity("The issuer's key is too short.")
    return key


def verified(identity: str, key: RSAPublicKey, *, issuer: str, audience: str, now: float) -> Claims:
    """The claims of an identity. Raises UnreadableIdentity with the first thing that is wrong."""
    _, claims, message, signature = _parts(identity)
    try:
        key.verify(signature, message, padding.PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise UnreadableIdentity("The issuer did not sign this identity.") from error
    if missing := [name for name in REQUIRED if claims.get(name) in (None, "")]:
        raise UnreadableIdentity(f"The identity lacks the claim {missing[0]}.")
    if claims["iss"] != issuer:
        raise UnreadableIdentity("The identity is of another issuer.")
    # One audience, as a text: an identity for several services could be used here by any of them.
    if claims["aud"] != audience:
        raise UnreadableIdentity(f"The identity is not for the audience {audience}.")
    _check_times(claims, now)
    return claims


def _check_times(claims: Claims, now: float) -> None:
    times = {name: claims[name] for name in ("iat", "exp", "nbf") if name in claims}
    if not all(isinstance(at, int) and not isinstance(at, bool) for at in times.values()):
        raise UnreadableIdentity("The times of an identity are whole seconds.")
    if times["exp"] + LEEWAY_SECONDS <= now:
        raise UnreadableIdentity("The identity has expired.")
    if max(times["iat"], times.get("nbf", 0)) - LEEWAY_SECONDS > now:
        raise UnreadableIdentity("The identity is not valid yet.")
    if times["exp"] - times["iat"] > LIFE_MAX_SECONDS:
        raise UnreadableIdentity("The identity lives longer than any that is believed.")


def _parts(identity: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, claims, what is signed, and the signature."""
    pieces = identity.split(".")
    if len(identity) > IDENTITY_MAX or len(pieces) != 3 or not identity.isascii():
        raise UnreadableIdentity("This is not a signed identity.")
    header, claims = (_object(piece) for piece in pieces[:2])
    return header, claims, f"{pieces[0]}.{pieces[1]}".encode(), _decoded(pieces[2])


def _object(piece: str) -> dict[str, Any]:
    try:
        found = strict_json.parse(_decoded(piece), at="identity")
    except FleetError as error:
        raise UnreadableIdentity("The identity holds no plain JSON.") from error
    if not isinstance(found, dict):
        raise UnreadableIdentity("The identity holds no JSON object.")
    return found


def _decoded(piece: str) -> bytes:
    try:
        padded = piece + "=" * (-len(piece) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableIdentity("The identity is not in base64.") from error


def encoded(value: Mapping[str, Any]) -> str:
    """A part of an identity; for issuers, as in tests."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
