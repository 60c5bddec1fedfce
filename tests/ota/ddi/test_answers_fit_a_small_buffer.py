"""What Zephyr's client has room for: 640 bytes of headers, and a link that is not too long."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from ota.choices import FILENAME_MAX
from ota.models import SoftwareFile
from tests.ota import makers, software
from tests.ota.ddi import wire
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db
BUFFER = 640  # bytes
# What the server itself adds: the first line, its name, the date and the end.
BY_THE_SERVER = len("HTTP/1.1 206 Partial Content\r\nServer: EdgeFleet\r\n\r\n") + len(
    "Date: Mon, 30 Nov 2026 03:08:31 GMT\r\n"
)


def size(answer: Any) -> int:
    return BY_THE_SERVER + sum(len(f"{name}: {value}\r\n") for name, value in answer.items())


@pytest.mark.parametrize("headers", [{}, {"range": "bytes=1000000000-1000000001"}])
def test_headers_of_a_download_fit(headers: dict[str, str]) -> None:
    name = "z" * (FILENAME_MAX - 4) + ".bin"
    device, assignment = software.offered(software.module((name, b"1" * 100)))
    client = caller(device)
    found = client.get(wire.path(assignment)).json()["deployment"]["chunks"][0]["artifacts"][0]
    path = urlsplit(found["_links"]["download-http"]["href"]).path
    whole: Any = client.get(path, headers=headers)
    assert whole.status_code in (200, 416)
    assert size(whole) <= BUFFER
    part: Any = client.get(path, headers={"range": "bytes=10-"})
    assert part.status_code == 206
    assert size(part) <= BUFFER
    row = SoftwareFile.objects.get()
    assert part["ETag"] == f'"{row.sha1}"'
    assert part["Last-Modified"].endswith("GMT")


def test_devices_are_sent_nothing_that_only_browsers_read() -> None:
    device, assignment = software.offered(software.module())
    client = caller(device)
    kept = {"content-type", "content-length", "cache-control", "x-request-id"}
    for path in (makers.base(device), wire.path(assignment)):
        names = {name.lower() for name in client.get(path).headers}
        assert names - {"x-content-type-options"} == kept
