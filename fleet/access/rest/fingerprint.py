"""The fingerprint of a request: equal for the same call sent twice, different for any other call.

Guarantees: method, path, query and every field are under it; a file counts by its bytes, which are
read as a stream, so the boundary that a client draws for each multipart body does not matter.
"""

import json
from typing import Any, BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework.request import Request

from fleet.lib.hashing import sha256_hex, sha256_stream


def fingerprint_of(request: Request) -> str:
    """Return the sha256 over what the request asks for. Reads and parses the body."""
    parts = [request.method, request.get_full_path(), _plain(request.data)]
    return sha256_hex(json.dumps(parts, sort_keys=True).encode())


def _plain(data: Any) -> Any:
    if isinstance(data, QueryDict):
        return {name: [_value(item) for item in items] for name, items in sorted(data.lists())}
    return data


def _value(item: Any) -> Any:
    if not isinstance(item, UploadedFile):
        return str(item)
    item.seek(0)
    digest = sha256_stream(cast("BinaryIO", item))
    item.seek(0)
    return [item.name, digest]
