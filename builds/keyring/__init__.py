"""Which key signs what: the Django side of `builds.signing`.

Guarantees:
* in production a process opens the keys of its own kind only (`builds.keyring.process`), whatever
calls it;
* the embedded default makes its key files on first use and says so in a warning that names the
  file; in production a person does (`manage.py keys_ensure`);
* a key that is not the published one for its role never signs: a lost key file is noticed, not
  replaced.
"""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from securesystemslib.signer import Key, SSlibKey

from builds.choices import KeyRole
from builds.keyring import process as process_keys
from builds.models import SigningKey
from builds.signing import KeyUnusable, PublicKey, Signer, SigningError, file_signer, open_signer
from builds.signing.uri import file_path, scheme_of
from fleet.lib import clock
from fleet.lib.errors import Unavailable

log = logging.getLogger(__name__)
# What the web process hands out or asks about; the others are between workers.
SERVED = (KeyRole.ARTIFACTS, KeyRole.DIRECTOR, KeyRole.FIRMWARE)


def key_uri(role: KeyRole) -> str:
    """The URI of the key that signs for a role: the operator's, or a file of the embedded default.

    After a rotation there are several files; the published public half says which one signs. Who
    alters that row chooses among keys of the same role, and finds no other.
    """
    configured: str | None = settings.EDGEFLEET_SIGNING_KEYS.get(role.value)
    if configured:
        return configured
    first, *others = _files(role)
    published = _active(role) if others else None
    wanted = _library_key(published) if published else None
    return f"file:{next((p for p in (first, *others) if wanted and _is(p, wanted)), first)}"


def _files(role: KeyRole) -> list[Path]:
    folder = Path(settings.EDGEFLEET_KEY_DIR)
    return [folder / f"{role.value}.pem", *sorted(folder.glob(f"{role.value}-*.pem"))]


def _is(path: Path, key: SSlibKey) -> bool:
    try:
        file_signer.load(path, key)
    except SigningError:
        return False
    return True


def signer(role: KeyRole | str) -> Signer:
    """The signer of a role; its public half is published from then on."""
    role = KeyRole(role)
    process_keys.require(role)
    try:
        return _open(role)
    except SigningError as error:
        raise Unavailable(str(error), code="key_unusable") from error


def _open(role: KeyRole) -> Signer:
    uri, published = key_uri(role), _active(role)
    public = _library_key(published) if published else None
    makes = published is None and process_keys.may_make()
    if scheme_of(uri) == "file" and makes and file_signer.create(file_path(uri)):
        log.warning(
            "made the %s signing key in %s: back it up, devices trust it", role, file_path(uri)
        )
    opened = open_signer(uri, public)
    if published is None:
        publish(role, PublicKey.of(opened))
    return opened


def publish(role: KeyRole, key: PublicKey) -> SigningKey:
    """Make a key the one that signs for its role; a race with another worker has one winner."""
    try:
        with transaction.atomic():
            return SigningKey.objects.create(
                role=role, keyid=key.keyid, key={"keyid": key.keyid, **key.key.to_dict()}
            )
    except IntegrityError as error:
        active = _active(role)
        if active is None or active.keyid != key.keyid:
            raise KeyUnusable(f"Another key is published for {role}.") from error
        return active


def follow(role: KeyRole, key: PublicKey) -> None:
    """Make a key the one that signs in place of another; what that one signed still verifies."""
    active = _active(role)
    if active is not None and active.keyid == key.keyid:
        return
    with transaction.atomic():
        SigningKey.objects.filter(role=role, retired_at=None).update(retired_at=clock.now())
        if not SigningKey.objects.filter(role=role, keyid=key.keyid).update(retired_at=None):
            publish(role, key)


def keys_ensure(roles: Iterable[KeyRole] = KeyRole) -> None:
    """Open each role's key once, so that all public halves are published."""
    for role in roles:
        signer(role)


def public_keys() -> dict[str, dict[str, str]]:
    """The public key that signs for each role; makes the embedded ones if this process may."""
    found = _published()
    if missing := [role for role in SERVED if role.value not in found]:
        if not all(process_keys.may_open(role) for role in missing):
            raise Unavailable(
                f"The keys for {', '.join(missing)} are not published yet: "
                "start the build worker and the signer."
            )
        keys_ensure()
        found = _published()
    return found


def verifying_keys(role: KeyRole | str) -> list[PublicKey]:
    """Every key that ever signed for a role: what was signed before a rotation still verifies."""
    rows = SigningKey.objects.filter(role=KeyRole(role)).order_by("pk")
    return [PublicKey(_library_key(row)) for row in rows]


def audit_keys() -> dict[str, str]:
    """The keys that ever signed heads of the audit log, for who verifies them."""
    return {key.keyid: key.public for key in verifying_keys(KeyRole.AUDIT)}


def _published() -> dict[str, dict[str, str]]:
    rows = SigningKey.objects.filter(retired_at=None).order_by("role")
    return {row.role: {"keyid": row.keyid, "public": row.key["keyval"]["public"]} for row in rows}


def _active(role: KeyRole) -> SigningKey | None:
    return SigningKey.objects.filter(role=role, retired_at=None).first()


def _library_key(row: SigningKey) -> SSlibKey:
    fields: dict[str, Any] = dict(row.key)
    key = Key.from_dict(fields.pop("keyid"), fields)
    if not isinstance(key, SSlibKey):
        raise KeyUnusable(f"The published key {row.keyid} has an unknown type.")
    return key
