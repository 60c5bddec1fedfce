"""Which keys may tell devices what to run: the document that the holders of targets sign.

It stands in the update repository as a target of the top-level targets role, with its content also
in the target's ``custom`` member, so that a device learns of new keys with the metadata it reads
anyway. A set is numbered; a device never goes back to a lower number.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from device_agent.protocol import fields
from device_agent.protocol.canonical import canonical_json
from device_agent.protocol.dsse import PEM_HEAD, Keys, require_public_key
from device_agent.protocol.errors import ProtocolError

PATH = "_keys/devices.json"  # no model's name begins with an underscore
FORMAT = 1
KEYS_LIMIT = 16  # of one role
PUBLIC_LIMIT = 1024  # characters of a PEM


@dataclass(frozen=True, slots=True)
class KeySet:
    """Key id → public key, per role. The director's tell what to run, the artifacts' what it is."""

    version: int
    director: Keys
    artifacts: Keys


def dump_key_set(keys: KeySet) -> dict[str, object]:
    """Return the set as a JSON value."""
    return {
        "format": FORMAT,
        "version": keys.version,
        "director": dump_keys(keys.director),
        "artifacts": dump_keys(keys.artifacts),
    }


def key_set_bytes(value: object) -> bytes:
    """Return the target's content: the canonical form of what ``custom`` says."""
    return canonical_json(value)


def parse_key_set(value: object) -> KeySet:
    """Return a set of right shape; whether it is signed is the repository client's to verify."""
    data = fields.members(value, "The set of keys")
    fields.integer(data, "format", low=FORMAT, high=FORMAT)
    return KeySet(
        version=fields.integer(data, "version", low=1),
        director=parse_keys(data, "director"),
        artifacts=parse_keys(data, "artifacts"),
    )


def dump_keys(keys: Mapping[str, str]) -> list[dict[str, str]]:
    """Return keys of one role as a JSON value."""
    return [{"keyid": keyid, "public": public} for keyid, public in sorted(keys.items())]


def parse_keys(data: fields.Json, role: str) -> dict[str, str]:
    """At least one key of a role, or nothing could be installed."""
    listed = fields.items(data, role, limit=KEYS_LIMIT)
    keys = [fields.members(item, "A key") for item in listed]
    if not keys:
        raise ProtocolError(f"'{role}' names no key.")
    return {fields.text(key, "keyid"): _public(key) for key in keys}


def _public(key: fields.Json) -> str:
    public = fields.text(key, "public", limit=PUBLIC_LIMIT)
    if not public.startswith(PEM_HEAD):
        return fields.digest(key, "public")
    require_public_key(public)
    return public
