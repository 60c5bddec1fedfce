"""Signs what each device is to run, at assignment time, in the signer.

* A deployment is offered only once its instruction is stored, in the same transaction.
* A device's instructions are numbered by a counter that never goes down, also on the way back.
* Signing twice (two signers) stores one: the loser's transaction is taken back.
* When the director's key is replaced, what is under way is signed again in the transaction that
  tells devices of the new key: none finds an old signature after it has heard of the new key.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from builds.signing.keybook import KeyBook
from device_agent.protocol.dsse import Signer
from device_agent.protocol.instruction import ArtifactName, seal_instruction
from device_agent.protocol.instruction import Instruction as Document
from device_agent.protocol.manifest import ABI
from fleet.lib import clock
from fleet.lib.errors import Stale
from ota.engine.states import OFFERABLE
from ota.engine.transitions import AssignmentStep
from ota.models import Assignment, DeviceUpdateState, Instruction, ReleaseArtifact
from ota.releases.needs import told_to
from ota.rollouts import policy
from ota.rollouts.transitions import assignment_transition
from ota.trust.admission.rules import path_of
from ota.trust.keys import active_keys
from ota.trust.signer.switch import switch_proof
from ota.trust.tuf.roles import DIRECTOR

NONCE_BYTES = 16
RELATED = ("device", "artifact", "rollout", "release__version__model")


def instruction_sign(row: Assignment, signer: Signer, keyid: str) -> bool:
    """Sign and offer one assignment; False if another signer was faster."""
    try:
        with transaction.atomic():
            _offer(row, signer, keyid, clock.now())
    except (IntegrityError, Stale):
        return False
    return True


def _offer(row: Assignment, signer: Signer, keyid: str, now: datetime) -> None:
    _seal(row, signer, keyid, now)
    if not assignment_transition(row, AssignmentStep.OFFER, now=now):
        raise Stale("The assignment was changed while it was being signed.")


def instructions_renew(book: KeyBook, now: datetime) -> int:
    """Sign again what another director key has signed and devices still may fetch; how many."""
    entry = active_keys.signing_key(book, DIRECTOR)
    if entry is None or not entry.online:
        return 0
    offered = Assignment.objects.filter(state__in=sorted(OFFERABLE))
    rows = list(
        offered.exclude(instructions__keyid=entry.key.keyid).select_related(*RELATED).order_by("pk")
    )
    signer = entry.open() if rows else None
    for row in rows:
        if signer is not None:
            _seal(row, signer, entry.key.keyid, now)
    return len(rows)


def _seal(row: Assignment, signer: Signer, keyid: str, now: datetime) -> None:
    sealed(row, signer, keyid, _next_counter(row), now).save()


def sealed(row: Assignment, signer: Signer, keyid: str, counter: int, now: datetime) -> Instruction:
    """Return the signed instruction of an assignment, not stored yet. Raises Stale."""
    expires_at = _expiry(row, now)
    document = _document(row, counter, now, expires_at)
    return Instruction(
        assignment=row,
        device=row.device,
        counter=document.counter,
        keyid=keyid,
        envelope=seal_instruction(document, signer),
        switch=switch_proof(row.device, _artifact(row), signer),
        issued_at=now,
        expires_at=expires_at,
    )


def _next_counter(row: Assignment) -> int:
    state, _ = DeviceUpdateState.objects.get_or_create(device=row.device)
    # What was withdrawn before no longer needs an answer: this takes its place.
    DeviceUpdateState.objects.filter(pk=state.pk).update(counter=F("counter") + 1, withdrawn=None)
    return int(DeviceUpdateState.objects.values_list("counter", flat=True).get(pk=state.pk))


def _document(row: Assignment, counter: int, now: datetime, expires_at: datetime) -> Document:
    release, artifact = row.release, _artifact(row)
    return Document(
        device=row.device.controller_id,
        assignment=row.public_id,
        component=row.component,
        release=release.public_id,
        model=release.product,
        version=release.label,
        artifact=ArtifactName(artifact.filename, artifact.sha256, artifact.size_bytes),
        counter=counter,
        target=artifact.target or row.device.target,
        abi=ABI,
        issued_at=int(now.timestamp()),
        expires_at=int(expires_at.timestamp()),
        nonce=secrets.token_hex(NONCE_BYTES),
        tuf_path=path_of(release, artifact) if artifact.artifact_id else "",
        needs=told_to(row),
    )


def _artifact(row: Assignment) -> ReleaseArtifact:
    if row.artifact is None:
        raise Stale("The assignment has nothing to install.")
    return row.artifact


def _expiry(row: Assignment, now: datetime) -> datetime:
    """At least as long as the deployment is offered: one that has expired could only be refused."""
    rules = policy.parse(row.rollout.policy)
    offered = timedelta(seconds=rules.offer_seconds + rules.install_seconds)
    return now + max(offered, timedelta(days=settings.EDGEFLEET_INSTRUCTION_DAYS))
