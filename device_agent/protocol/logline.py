"""One event of a log as one line, in the service and on devices: JSON, or `key=value`.

Guarantees: a line has no line break, whatever a message or an exception holds; it has a bounded
length; what looks like a secret (credentials of HTTP, passwords, tokens of ours, keys, addresses
with a password in them) is not in it, wherever it came from.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Final

MESSAGE_MAX: Final = 4096  # characters
TRACE_MAX: Final = 16 * 1024  # characters; the end of a trace tells most
LOOKED_AT_MAX: Final = 256 * 1024  # characters of which a line is made
HIDDEN: Final = "[hidden]"
FORMS: Final = ("text", "json")

_NAMES: Final = (
    r"[\w.-]{0,64}(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key|signing[_-]?key"
    r"|access[_-]?key|credential|signature|(?<![a-z])pin(?![a-z])|session(?:id|_key)?\b|csrf\w*|cookie)[\w.-]{0,64}"
)
_RULES: Final = (
    # A private key in PEM, whole or cut off.
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END[A-Z -]*|\Z)", re.DOTALL),
        HIDDEN,
    ),
    # postgresql://user:password@host
    (re.compile(r"(?<=://)([^\s/:@'\"]*):[^\s/@'\"]+(?=@)"), rf"\1:{HIDDEN}"),
    # Authorization: Scheme credentials, also as a key of a dictionary
    (
        re.compile(
            r"(?i)((?:proxy-)?authorization|HTTP_AUTHORIZATION|(?:set-)?cookie|HTTP_COOKIE)"
            r"(['\"]?\s*[:=,]\s*)(?:b?(['\"]).*?\3|[^\r\n'\"]+)"
        ),
        rf"\1\2{HIDDEN}",
    ),
    (
        re.compile(r"(?i)\b(Bearer|Basic|DeviceToken|TargetToken|GatewayToken)\s+[\w.~+/=-]{6,}"),
        rf"\1 {HIDDEN}",
    ),
    # name=value, "name": "value", name='value'; PIN and password of a URI among them
    (
        re.compile(
            rf"(?i)(['\"]?)(\b{_NAMES})\1(\s*(?:=>|[:=])\s*)(?:b?(['\"]).*?\4|[^\s,;&'\"]+)"
        ),
        rf"\1\2\1\3{HIDDEN}",
    ),
    # ef_pat_… and its kin, wherever they stand
    (re.compile(r"\bef_?[a-z]{2,8}_[\w-]{12,}"), HIDDEN),
)


def redacted(text: str) -> str:
    """Return the text without what looks like a secret."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


class LineFormatter(logging.Formatter):
    """Formats records, with what is known of the request or task that they belong to.

    `form` is one of `FORMS`; `known` returns fields for every line. A record's own fields are those
    of `extra={"fields": {…}}`.
    """

    def __init__(
        self, form: str = "text", known: Callable[[], Mapping[str, object]] = dict
    ) -> None:
        super().__init__()
        if form not in FORMS:
            raise ValueError(f"A log is written as one of {', '.join(FORMS)}, not as {form!r}.")
        self._dump = _json if form == "json" else _pairs
        self._known = known

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        fields = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            **self._known(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            fields["exception"] = f"{type(error).__name__}: {error}"
            fields["trace"] = self.formatException(record.exc_info)
        return self._dump({name: _plain(name, value) for name, value in fields.items()})


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # arguments that do not fit: a log never fails its caller
        return f"{record.msg} {record.args!r}"


def _plain(name: str, value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    # First without its secrets, then cut: half a secret is not recognised.
    text = str(value)
    if name == "trace":
        return redacted(text[-LOOKED_AT_MAX:])[-TRACE_MAX:]
    return redacted(text[:LOOKED_AT_MAX])[:MESSAGE_MAX]


def _moment(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"


def _json(fields: Mapping[str, object]) -> str:
    return json.dumps(fields)


def _pairs(fields: Mapping[str, object]) -> str:
    return " ".join(f"{name}={_word(value)}" for name, value in fields.items())


def _word(value: object) -> str:
    """Return a bare word, or a string in quotes whose line breaks and control characters are
    escaped.
    """
    text = str(value)
    return text if re.fullmatch(r"[\w.:/@+~*-]+", text, re.ASCII) else json.dumps(text)
