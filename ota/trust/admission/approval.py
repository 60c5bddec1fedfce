"""Approvals that are signatures: whoever alters rows cannot make one.

* The statement names the release, its counter and every file by digest: an approval is of these
  very bytes, and of no others that are put in their place.
* The signer counts different approvers' keys, which the key book knows; the database names none.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from builds.signing import BadSignature, PublicKey, open_envelope, unverified_payload
from builds.signing.approve import APPROVAL_TYPE
from fleet.lib.canonical import canonical_json
from fleet.lib.errors import Refused
from ota.models import Approval, Release
from ota.releases import artifacts as release_artifacts

ENVELOPE_MAX_BYTES: Final = 128 * 1024
FILE = tuple[str, str, str, int]  # target, name, sha256, bytes


def statement(release: Release) -> bytes:
    """Return what an approver signs: of a draft, what would be published now."""
    rows = release.artifacts.select_related("artifact")
    frozen = [(r.target, r.filename, r.sha256, r.size_bytes) for r in rows if r.artifact_id]
    return _statement(release, [*(frozen or _candidates(release)), *_files(release)])


def require_same(release: Release, envelope: Mapping[str, Any]) -> None:
    """Raise Refused for a signature over anything but this release as it is now.

    Whether a trusted key made it is for the signer to say: no other process knows the keys.
    """
    try:
        if len(canonical_json(envelope)) > ENVELOPE_MAX_BYTES:
            raise Refused(f"A signature has at most {ENVELOPE_MAX_BYTES} bytes.")
        payload = unverified_payload(envelope, APPROVAL_TYPE)
    except (BadSignature, ValueError, TypeError) as error:
        raise Refused(f"The signature is not an approval: {error}") from error
    if payload != statement(release):
        raise Refused("The signature is over something other than this release as it is now.")


def signatures(release: Release, approvers: Sequence[PublicKey]) -> int:
    """Return how many different approvers have signed what is to be listed."""
    wanted = statement(release)
    rows = Approval.objects.filter(release=release).exclude(envelope__isnull=True)
    envelopes = [row.envelope for row in rows if row.envelope is not None]
    return sum(any(_signed(each, key, wanted) for each in envelopes) for key in approvers)


def _signed(envelope: Mapping[str, Any], key: PublicKey, wanted: bytes) -> bool:
    try:
        return open_envelope(envelope, APPROVAL_TYPE, [key]) == wanted
    except BadSignature:
        return False


def _statement(release: Release, files: Iterable[FILE]) -> bytes:
    said = {
        "release": release.public_id,
        "model": release.product,
        "version": release.label,
        "counter": release.counter,
        "files": [
            {"target": target, "name": name, "sha256": sha256, "length": length}
            for target, name, sha256, length in sorted(files)
        ],
    }
    return canonical_json(said)


def _files(release: Release) -> list[FILE]:
    """Return the files of other makers, under their modules' targets."""
    modules = release_artifacts.modules_of(release)
    return [
        (module.target, each.filename, each.sha256, each.size_bytes)
        for module in modules
        for each in module.files.all()
    ]


def _candidates(release: Release) -> list[FILE]:
    found = release_artifacts.candidates(release.version)
    return [(a.build.target, a.filename, a.sha256, a.size_bytes) for a in found]
