"""The signer's shell: takes requests, applies the admission rules, signs, keeps metadata fresh.

Idempotent: what is signed already is not signed again, and any number of workers at once do what
one would. A model's metadata is made again each time from what the admission rules allow, so that
nothing that was slipped into the database is carried over.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from tuf.api.metadata import Metadata, Root, TargetFile

from builds.keyring import process as process_keys
from builds.signing import SigningError
from builds.signing.errors import SigningBusy
from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import system
from fleet.lib.db import compare_and_set
from fleet.lib.errors import FleetError, Forbidden, Unavailable
from ota import troubles
from ota.choices import RequestKind, RequestState
from ota.engine.states import ReleaseState
from ota.models import TroubleKind
from ota.models.repository import REASON_MAX, SigningRequest
from ota.trust.admission import rules
from ota.trust.admission.rules import Trusted
from ota.trust.keys import active_keys, key_store
from ota.trust.signer import instruction
from ota.trust.tuf import published_metadata, role_metadata, soundness
from ota.trust.tuf.roles import ROOT, SNAPSHOT, TIMESTAMP, AlarmLevel, model_role
from ota.trust.tuf.signing_session import KeysMissing, SigningSession

log = logging.getLogger(__name__)
SIGNER = system("signer")
LOUDNESS = {AlarmLevel.NOTICE: logging.INFO, AlarmLevel.WARNING: logging.WARNING}


def requests_sign() -> list[str]:
    """Decide what is pending; the roles that were signed."""
    if not SigningRequest.objects.filter(state=RequestState.PENDING).exists():
        return []  # most beats: no key is opened
    return _session(fresh=())


def repository_maintain() -> list[str]:
    """Sign again what grows old, was restored or was altered; say what nobody could sign."""
    signed = _session(fresh=_models())
    for alarm in published_metadata.alarms(clock.now()):
        log.log(LOUDNESS.get(alarm.level, logging.ERROR), "update repository: %s", alarm)
    return signed


def repository_ready(sender: object = None, **_: Any) -> None:
    """A signer that starts makes the first root, so that devices that join can embed it."""
    del sender
    if not process_keys.signs_here():
        return
    try:
        repository_maintain()
    except (FleetError, DatabaseError) as error:
        # The worker still serves what needs no key; each signature will say what is wrong.
        log.warning("the update repository is not ready: %s", error)


def _session(fresh: Iterable[str]) -> list[str]:
    try:
        book = key_store.book()
        with book.locked():
            signed = _signed(SigningSession(book, clock.now()), set(fresh))
            soundness.remember(book)
    except SigningBusy:
        return []  # the other process does it
    except IntegrityError:
        log.warning("another signer was faster; the next round goes on")
        return []
    except (SigningError, FleetError) as error:
        sentence = getattr(error, "message", str(error))
        if isinstance(error, Forbidden):
            raise
        troubles.note(TroubleKind.UNSIGNABLE, sentence)
        if isinstance(error, FleetError):
            raise
        raise Unavailable(sentence, code="key_unusable") from error
    else:
        return signed


@transaction.atomic
def _signed(session: SigningSession, fresh: set[str]) -> list[str]:
    soundness.look(session.book)
    _work(session, fresh)
    # At last: all changes elsewhere wait for the log's turn, and a key service takes long.
    for entry in session.decided:
        audit.record(by=SIGNER, **entry)
    return session.signed


def _work(session: SigningSession, fresh: set[str]) -> None:
    root, announced = session.root(), active_keys.announced(session.book)
    if session.dirty(ROOT, root.signed):
        root = _renew_root(session) or root
    changed = _decide(session, active_keys.trusted(session.book))
    top = session.targets(changed | fresh)
    if top is None:
        return  # the first delegation waits for its keys
    models, trusted = role_metadata.delegated_models(top), active_keys.trusted(session.book)
    if announced and announced != active_keys.announced(session.book):
        changed |= set(models)  # what a revoked key signed is listed no more
    active_keys.public_keys_publish(session.book)
    instruction.instructions_renew(session.book, session.now)
    for model in sorted(models):
        if model in changed or session.dirty(model_role(model), top.signed):
            session.model(model, _files(model, trusted), top)
    if not {*session.signed} <= {ROOT} or session.dirty(SNAPSHOT, root.signed):
        session.snapshot(models)
    elif session.dirty(TIMESTAMP, root.signed):
        session.timestamp()


def _renew_root(session: SigningSession) -> Metadata[Root] | None:
    """Renew an embedded root; an offline one is asked for by an alarm."""
    try:
        return session.root_publish(session.draft_root())
    except KeysMissing as error:
        log.warning("%s", error.message)
        return None


def _decide(session: SigningSession, trusted: Trusted) -> set[str]:
    """Apply policy to what is pending; the models whose files change."""
    if not trusted.artifacts:  # no request is refused for what the ceremony has left out
        log.warning("no artifact key is known: run 'manage.py keys add artifacts --public PEM'")
        return set()
    waiting = SigningRequest.objects.filter(state=RequestState.PENDING).order_by("pk")
    rows = list(waiting.select_related("release__version__model")[: rules.rate_left(session.now)])
    if not rows:
        return set()
    decided = [row.release.version for row in rows if _decided(session, row, trusted)]
    # Software of others has no builder's signature and is listed nowhere; it has been judged all
    # the same, and devices are told of nothing that was refused.
    return {version.model.name for version in decided if version is not None}


def _decided(session: SigningSession, row: SigningRequest, trusted: Trusted) -> bool:
    reasons = []
    if row.kind == RequestKind.PUBLISH:
        reasons = rules.objections(row, trusted, session.now)
        if not reasons and not _delegable(session, row):
            return False  # stays pending until the targets' holders have signed
    session.decided.append(_closed(row, reasons, session.now))
    return not reasons


def _delegable(session: SigningSession, row: SigningRequest) -> bool:
    if row.release.version is None:
        return True
    model = row.release.version.model.name
    top = session.targets({model})
    if top and model in role_metadata.delegated_models(top):
        return True
    reason = f"{model} is a new model: the holders of the targets keys have to sign its delegation."
    SigningRequest.objects.filter(pk=row.pk).update(reason=reason[:REASON_MAX])
    return False


def _closed(row: SigningRequest, reasons: Sequence[str], now: datetime) -> dict[str, Any]:
    """Decide a request; what the audit log is to say of it."""
    state = RequestState.REFUSED if reasons else RequestState.SIGNED
    reason = "; ".join(reasons)[:REASON_MAX]
    pending = SigningRequest.objects.filter(pk=row.pk, state=RequestState.PENDING)
    compare_and_set(pending, state=state, reason=reason, decided_at=now)
    if reasons:
        log.error("the signer refused %s of %s: %s", row.kind, row.release.public_id, reason)
    return {
        "action": f"ota.signing_{state}",
        "subject": row.release.public_id,
        "detail": {"kind": row.kind, "request": row.public_id, "reason": reason},
    }


def wanted_models() -> list[str]:
    """Return every model that is or should be in the repository."""
    rows = SigningRequest.objects.exclude(state=RequestState.REFUSED).order_by()
    rows = rows.exclude(release__version=None)
    return list(rows.values_list("release__version__model__name", flat=True).distinct())


def _models() -> list[str]:
    rows = SigningRequest.objects.filter(state=RequestState.SIGNED).order_by()
    rows = rows.exclude(release__version=None)
    return list(rows.values_list("release__version__model__name", flat=True).distinct())


def _files(model: str, trusted: Trusted) -> dict[str, TargetFile]:
    """Return the files of a model's releases that the admission rules allow."""
    rows = SigningRequest.objects.filter(
        kind=RequestKind.PUBLISH,
        state=RequestState.SIGNED,
        release__version__model__name=model,
        release__state=ReleaseState.PUBLISHED,
    )
    files: dict[str, TargetFile] = {}
    for row in rows.select_related("release__version__model").order_by("pk"):
        try:
            listed = rules.release_targets(row.release, trusted)
        except Exception:  # altered since it was admitted: it is left out, the others stay
            log.exception("release %s is listed no more", row.release.public_id)
            continue
        files |= {target.path: target.to_tuf() for target in listed}
    return files
