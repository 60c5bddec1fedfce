"""Standard Webhooks: the vector that its libraries share, and what is refused."""

import base64
from datetime import UTC, datetime

import pytest

from fleet.lib.db.sealed import SealPurpose, seal, unseal
from fleet.lib.errors import Conflict
from fleet.telemetry.monitor.notifications.signature import (
    BadWebhookSecret,
    new_webhook_secret,
    signed_headers,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT = datetime.fromtimestamp(1614265330, UTC)


def test_the_shared_vector_comes_out() -> None:
    found = signed_headers(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", AT, b'{"test": 2432232314}')
    assert found == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("change", ["id", "body", "time", "secret"])
def test_every_part_is_signed(change: str) -> None:
    before = signed_headers(SECRET, "msg_1", AT, b"{}")["webhook-signature"]
    after = signed_headers(
        new_webhook_secret() if change == "secret" else SECRET,
        "msg_2" if change == "id" else "msg_1",
        datetime.fromtimestamp(1614265331, UTC) if change == "time" else AT,
        b"{ }" if change == "body" else b"{}",
    )["webhook-signature"]
    assert after != before


def test_a_new_secret_has_256_bits_and_its_prefix() -> None:
    made = new_webhook_secret()
    assert made.startswith("whsec_")
    assert len(base64.b64decode(made.removeprefix("whsec_"))) == 32
    assert made != new_webhook_secret()


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "whsec_%%%", SECRET[6:]])
def test_what_is_not_a_secret_signs_nothing(secret: str) -> None:
    with pytest.raises(BadWebhookSecret, match="whsec_"):
        signed_headers(secret, "msg_1", AT, b"{}")


def test_a_sealed_secret_opens_for_its_own_destination_only() -> None:
    sealed = seal(SECRET, "dst_a", SealPurpose.WEBHOOK)
    assert SECRET[6:] not in sealed
    assert unseal(sealed, "dst_a", SealPurpose.WEBHOOK) == SECRET
    with pytest.raises(Conflict, match="new one"):
        unseal(sealed, "dst_b", SealPurpose.WEBHOOK)


def test_a_sealed_secret_outlives_a_change_of_the_service_s_key(settings: object) -> None:
    sealed = seal(SECRET, "dst_a", SealPurpose.WEBHOOK)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]  # type: ignore[attr-defined]
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    assert unseal(sealed, "dst_a", SealPurpose.WEBHOOK) == SECRET
    settings.SECRET_KEY_FALLBACKS = []  # type: ignore[attr-defined]
    with pytest.raises(Conflict, match="SECRET_KEY"):
        unseal(sealed, "dst_a", SealPurpose.WEBHOOK)
