"""Signs what each device is to run, at assignment time, in the worker.

* Nothing is offered that the update repository does not list.
* A deployment is offered only once its instruction is stored, in the same transaction.
* A device's instructions are numbered by a counter that never goes down, also on the way back.
* Signing twice (two workers) stores one: the loser's transaction is taken back.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from builds import keyring
from builds.choices import KeyRole
from device_agent.protocol.dsse import Signer
from device_agent.protocol.instruction import ArtifactName, seal_instruction
from device_agent.protocol.instruction import Instruction as Document
from fleet.lib import clock
from fleet.lib.errors import Stale
from ota import policy
from ota.engine.states import AssignmentState
from ota.engine.transitions import AssignmentStep
from ota.models import Assignment, Instruction, ReleaseArtifact, Slot
from ota.moves import assignment_move
from ota.trust.policy import path_of
from ota.trust.publish import release_listed

ABI = "ef1"
NONCE_BYTES = 16


def instructions_sign(rollout: int) -> int:
    """Sign for every device of the rollout that waits for it; how many were offered."""
    waiting = Assignment.objects.filter(rollout_id=rollout, state=AssignmentState.ASSIGNED)
    related = ("device", "artifact", "rollout", "release__version__model")
    rows = list(waiting.select_related(*related))
    # On the way back, rows of several earlier releases wait beside each other.
    releases = {row.release_id: row.release for row in rows}
    listed = {pk for pk, release in releases.items() if release_listed(release)}
    if not listed:
        return 0
    signer = keyring.signer(KeyRole.DIRECTOR)
    return sum(_sign(row, signer) for row in rows if row.release_id in listed)


def _sign(row: Assignment, signer: Signer) -> bool:
    now = clock.now()
    try:
        with transaction.atomic():
            _offer(row, signer, now)
    except (IntegrityError, Stale):
        return False
    return True


def _offer(row: Assignment, signer: Signer, now: datetime) -> None:
    expires_at = _expiry(row, now)
    document = _document(row, _next_counter(row), now, expires_at)
    Instruction.objects.create(
        assignment=row,
        device=row.device,
        counter=document.counter,
        envelope=seal_instruction(document, signer),
        issued_at=now,
        expires_at=expires_at,
    )
    if not assignment_move(row, AssignmentStep.OFFER, now=now):
        raise Stale("The assignment was changed while it was being signed.")


def _next_counter(row: Assignment) -> int:
    slot, _ = Slot.objects.get_or_create(device=row.device)
    Slot.objects.filter(pk=slot.pk).update(counter=F("counter") + 1)
    return int(Slot.objects.values_list("counter", flat=True).get(pk=slot.pk))


def _document(row: Assignment, counter: int, now: datetime, expires_at: datetime) -> Document:
    version, artifact = row.release.version, _artifact(row)
    return Document(
        device=row.device.controller_id,
        assignment=row.public_id,
        component=row.component,
        release=row.release.public_id,
        model=version.model.name,
        version=version.label,
        artifact=ArtifactName(artifact.filename, artifact.sha256, artifact.size_bytes),
        counter=counter,
        target=artifact.target,
        abi=ABI,
        issued_at=int(now.timestamp()),
        expires_at=int(expires_at.timestamp()),
        nonce=secrets.token_hex(NONCE_BYTES),
        tuf_path=path_of(row.release, artifact),
    )


def _artifact(row: Assignment) -> ReleaseArtifact:
    if row.artifact is None:
        raise Stale("The assignment has nothing to install.")
    return row.artifact


def _expiry(row: Assignment, now: datetime) -> datetime:
    """As long as the offer stands at least: an offer that can only be refused helps nobody."""
    rules = policy.parse(row.rollout.policy)
    offered = timedelta(seconds=rules.offer_seconds + rules.install_seconds)
    return now + max(offered, timedelta(days=settings.EDGEFLEET_INSTRUCTION_DAYS))
