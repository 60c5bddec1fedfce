"""A file as an HTTP server gives it, whole or the rest of it."""

import hashlib
import re
from collections.abc import Mapping

Reply = tuple[int, dict[str, str], bytes]


def ranged(data: bytes, headers: Mapping[str, str]) -> Reply:
    """The answer to a request with these headers."""
    etag = f'"{hashlib.sha1(data).hexdigest()}"'
    common = {"etag": etag, "content-type": "application/octet-stream"}
    found = re.fullmatch(r"bytes=(\d+)-", headers.get("range", ""))
    if not found or headers.get("if-range", etag) != etag:
        return 200, {**common, "content-length": str(len(data))}, data
    start = int(found[1])
    if start >= len(data):
        return 416, {**common, "content-range": f"bytes */{len(data)}", "content-length": "0"}, b""
    rest = data[start:]
    place = f"bytes {start}-{len(data) - 1}/{len(data)}"
    return 206, {**common, "content-range": place, "content-length": str(len(rest))}, rest
