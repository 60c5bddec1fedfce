"""The log's head is signed once a day; who rewrites or cuts the log contradicts it."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import CommandError, call_command
from securesystemslib.dsse import Envelope
from securesystemslib.signer import Key

from builds import keyring
from fleet.access import audit
from fleet.access.audit import checkpoint
from fleet.access.models import AuditEntry, AuditHead
from fleet.access.rules.chain import GENESIS, ChainLink, entry_hash
from fleet.lib import clock
from fleet.lib.errors import Conflict
from ota.trust.signer.audit_checkpoint import checkpoint_sign
from tests import personas
from tests.fleet.access.tampering import remove_entry, without_triggers
from tests.ota.trust import drill, world

pytestmark = pytest.mark.django_db


def verify(*words: str) -> str:
    out = StringIO()
    call_command("audit_verify", *words, stdout=out)
    return out.getvalue()


def signed() -> AuditHead:
    world.listed()
    made = checkpoint_sign()
    assert made is not None
    return made


def cut(keep: int) -> None:
    """As who owns the database: the newest entries are gone."""
    with without_triggers():
        drill.sql("DELETE FROM access_auditentry WHERE sequence > %s", keep)


def rewritten() -> None:
    """The whole log anew, with a story of one's own: every hash is right."""
    rows = list(AuditEntry.objects.order_by("sequence"))
    before = GENESIS
    with without_triggers():
        drill.sql("DELETE FROM access_auditentry")
    for row in rows:
        fields = {**vars(row.link()), "actor_label": "nobody", "prev_hash": before, "hash": ""}
        link = ChainLink(**fields).sealed()
        AuditEntry.objects.create(**vars(link))
        before = link.hash


def test_a_public_verifier_believes_the_head() -> None:
    head = signed()
    keys: list[Key] = [key.key for key in keyring.verifying_keys("audit")]
    assert Envelope.from_dict(head.envelope).verify(keys, 1)
    assert head.entries == AuditEntry.objects.count()


def test_it_is_signed_once_a_day_whoever_beats() -> None:
    first = signed()
    assert checkpoint_sign() is None
    with clock.fixed(clock.now() + timedelta(hours=25)):
        world.listed("2.0")
        later = checkpoint_sign()
    assert later is not None
    assert later.entries > first.entries


def test_the_command_and_rest_show_the_last_one() -> None:
    head = signed()
    assert f"signed: {head.entries} entries" in verify()
    found = personas.client("viewer").get("/api/v1/audit/verify/").json()
    assert found["whole"]
    assert (found["signed"]["entries"], found["signed"]["keyid"]) == (head.entries, head.keyid)


def test_a_log_that_was_cut_off_contradicts_its_head() -> None:
    head = signed()
    cut(head.entries - 2)
    assert audit.verify().reason == (
        f"it does not hold the head that was signed on {head.signed_at:%Y-%m-%d}"
    )
    with pytest.raises(CommandError, match="does not hold the head"):
        verify()
    assert not personas.client("viewer").get("/api/v1/audit/verify/").json()["whole"]


def test_a_log_that_was_rewritten_from_the_start_contradicts_its_head() -> None:
    signed()
    rewritten()
    assert "does not hold the head" in audit.verify().reason


def test_a_rewritten_log_without_its_heads_is_not_signed_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The signer remembers the last head beside its keys."""
    signed()
    rewritten()
    drill.sql("DELETE FROM access_audithead")
    assert audit.verify().whole
    with pytest.raises(Conflict, match="not signed: it does not hold the head"):
        checkpoint_sign()
    assert "the audit log is not signed" in caplog.text


def test_a_head_that_somebody_else_signed_does_not_count(tmp_path: Path) -> None:
    head = signed()
    assert verify("--key", str(pem(tmp_path, head.keyid)))
    stranger = Ed25519PrivateKey.generate().public_key()
    assert checkpoint.contradicted({head.keyid: stranger.public_bytes_raw().hex()})
    with pytest.raises(CommandError, match="no trusted key has signed the head"):
        verify("--key", str(written(tmp_path / "stranger.pub", stranger)))


def pem(folder: Path, keyid: str) -> Path:
    raw = bytes.fromhex(checkpoint.published_keys()[keyid])
    return written(folder / "audit.pub", Ed25519PublicKey.from_public_bytes(raw))


def written(path: Path, key: Ed25519PublicKey) -> Path:
    path.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def test_what_a_replaced_key_signed_still_counts() -> None:
    first = signed()
    call_command("keys", "rotate", "audit")
    with clock.fixed(clock.now() + timedelta(hours=25)):
        second = checkpoint_sign()
    assert second is not None
    assert first.keyid != second.keyid
    assert audit.verify().whole


def test_status_shows_the_builders_and_the_audit_key(capsys: pytest.CaptureFixture[str]) -> None:
    signed()
    call_command("keys", "rotate", "builder")
    capsys.readouterr()
    call_command("keys", "status")
    said = capsys.readouterr().out
    for role in ("artifacts", "director", "firmware", "builder", "audit"):
        assert f"{role}: 1 of 1" in said
    assert keyring.public_keys()["builder"]["keyid"] in said


def altered(sequence: int) -> None:
    """As who owns the database: another name, and the old hash."""
    link = AuditEntry.objects.get(sequence=sequence).link()
    remove_entry(sequence)
    AuditEntry.objects.create(**{**vars(link), "actor_label": "nobody"})


def test_rest_walks_on_from_the_newest_head_and_says_so() -> None:
    head = signed()
    world.listed("2.0")
    found = personas.client("viewer").get("/api/v1/audit/verify/").json()
    assert (found["whole"], found["walked_from"]) == (True, head.entries + 1)
    assert found["entries"] == AuditEntry.objects.count()
    assert audit.verify().walked_from == 1
    altered(head.entries + 2)
    found = personas.client("viewer").get("/api/v1/audit/verify/").json()
    assert (found["whole"], found["broken_at"]) == (False, head.entries + 2)


def test_what_came_before_the_newest_head_is_for_the_command_to_find() -> None:
    signed()
    altered(2)
    assert personas.client("viewer").get("/api/v1/audit/verify/").json()["whole"]
    with pytest.raises(CommandError, match="breaks at entry 2: its content"):
        verify()


def test_a_head_of_a_strangers_key_is_no_place_to_begin() -> None:
    head = signed()
    stranger = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    verdict = audit.verify_new({head.keyid: stranger})
    assert not verdict.whole
    assert "no trusted key" in verdict.reason


def test_the_signer_reads_only_what_is_new_since_its_last_head(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = signed()
    world.listed("2.0")
    walked: list[int] = []

    def noting(link: ChainLink) -> str:
        walked.append(link.sequence)
        return entry_hash(link)

    monkeypatch.setattr("fleet.access.rules.chain.entry_hash", noting)
    with clock.fixed(clock.now() + timedelta(hours=25)):
        assert checkpoint_sign() is not None
    assert walked == [*range(first.entries + 1, AuditEntry.objects.count() + 1)]
