"""Heads of requests that no decent client sends: a name each, and the headers."""

from typing import Final

LATIN: Final = "\xff\xfe\x80"
HEADS: Final[dict[str, dict[str, str]]] = {
    "a long key": {"Idempotency-Key": "k" * 10_000},
    "a key of NUL": {"Idempotency-Key": "a\0b"},
    "a key that is no ASCII": {"Idempotency-Key": LATIN},
    "an empty key": {"Idempotency-Key": ""},
    "another language": {"Accept-Language": LATIN + ";q=x,,;;"},
    "a type that nobody makes": {"Accept": "image/x-nothing;q=0.1"},
    "a type that is none": {"Accept": LATIN},
    "a condition that is none": {"If-Match": LATIN},
    "a condition without an end": {"If-Match": '"' + "x" * 10_000},
    "a condition that nothing meets": {"If-None-Match": "W/,,\0", "If-Modified-Since": "never"},
    "a range that is none": {"Range": "bytes=9-1,-,a-b," + "0-0," * 500},
    "a request's name that is none": {"X-Request-Id": "a\0b" + LATIN},
    "an address that is none": {"X-Forwarded-For": LATIN + ",::::,1.2.3.4:x"},
    "another host's words": {"X-Forwarded-Host": "evil", "X-Forwarded-Proto": LATIN},
    "a broken cookie": {"Cookie": "sessionid=\0; csrftoken=" + "x" * 5_000 + ";;=;" + LATIN},
    "a form's type": {"Content-Type": "multipart/form-data; boundary=" + "b" * 500},
    "a type with an odd character set": {"Content-Type": "application/json; charset=nothing"},
    "a length that is none": {"Content-Length": "-1"},
    "a length in other digits": {"Content-Length": "²"},
    "another packing": {"Content-Encoding": "gzip"},
    "another method's name": {"X-HTTP-Method-Override": "DELETE"},
}
