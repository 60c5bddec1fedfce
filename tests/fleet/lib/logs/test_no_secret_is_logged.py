"""Whatever a message, a field or an exception holds: one line, bounded, without a secret."""

import json
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.protocol.logline import MESSAGE_MAX, TRACE_MAX, LineFormatter, redacted

SECRET = "hunter2hunter2hunter2"
HOLDERS = (
    f"Authorization: Bearer {SECRET}",
    f"authorization=DeviceToken {SECRET}",
    f"{{'Authorization': 'TargetToken {SECRET}', 'Accept': 'x'}}",
    f"{{'HTTP_AUTHORIZATION': 'GatewayToken {SECRET}'}}",
    f"Proxy-Authorization: Basic {SECRET}",
    f"Cookie: sessionid={SECRET}; csrftoken={SECRET}",
    f"Set-Cookie: sessionid={SECRET}; Path=/",
    f"GatewayToken {SECRET} was refused",
    f"postgresql://fleet:{SECRET}@db.example/fleet",
    f"redis://:{SECRET}@cache:6379/0",
    f"password={SECRET}&next=/",
    f'{{"password": "{SECRET} with blanks {SECRET}", "user": "ben"}}',
    f"SECRET_KEY='{SECRET}'",
    f"EDGEFLEET_SIGNING_PIN={SECRET}",
    f"pkcs11:token=x?pin-value={SECRET}",
    f"X-Amz-Signature={SECRET}&X-Amz-Date=1",
    f"AWS_SECRET_ACCESS_KEY: {SECRET}",
    f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----",
    f"-----BEGIN EC PRIVATE KEY-----\n{SECRET}",
    *(f"seen {kind}{SECRET}" for kind in ("ef_pat_", "ef_enr_", "ef_dev_", "ef_gw_")),
)


def line(form: str, message: str, *args: object, error: BaseException | None = None) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("a.logger", logging.ERROR, __file__, 1, message, args, info)
    record.fields = {"note": message}
    return LineFormatter(form).format(record)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("holder", HOLDERS)
def test_no_secret_is_logged(form: str, holder: str) -> None:
    def fails() -> None:
        raise ValueError(holder)

    with pytest.raises(ValueError) as caught:
        fails()
    written = line(form, holder.replace("%", "%%"), error=caught.value)
    assert SECRET not in written
    assert "hidden" in written
    assert "test_no_secret_is_logged" in written, "the trace is there all the same"


def test_what_is_no_secret_stays() -> None:
    for plain in (
        "blob_damaged: blob 0f3a is damaged",
        "https://host:8000/a?b=c",
        "17 ms",
        "code=7",
    ):
        assert redacted(plain) == plain


@given(st.text(max_size=400), st.sampled_from(["text", "json"]))
def test_any_message_is_one_line(message: str, form: str) -> None:
    written = line(form, "%s", message)
    assert len(written.splitlines()) == 1
    if form == "json":
        assert json.loads(written)["level"] == "error"


def test_a_line_is_bounded_and_quickly_made() -> None:
    written = line("text", "%s", "a.b-" * 200_000, error=ValueError("x" * 1_000_000))
    assert len(written) < 3 * MESSAGE_MAX + 2 * TRACE_MAX


def test_arguments_that_do_not_fit_are_told_all_the_same() -> None:
    assert "two words" in line("text", "%d items", "two words")


def test_pairs_can_be_told_apart() -> None:
    written = line("text", 'said "no" = never\nagain')
    assert r'message="said \"no\" = never\nagain"' in written
    assert re.fullmatch(r'(?:\w+=(?:[^\s"]+|"(?:\\.|[^"\\])*") ?)+', written)


def test_a_form_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="text, json"):
        LineFormatter("xml")
