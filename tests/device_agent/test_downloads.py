"""Downloads: resumed, bounded, paced; and every lie of a server ends in nothing installed."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_agent.errors import ServiceUnreachable
from device_agent.net.transport import Request
from device_agent.update.download import NOTE, PART, STALLS_LIMIT
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.device import SimDevice, enrolled_device
from tests.device_agent.simulators.ranges import Reply

BUNDLE = bundle_of("1.0", size=20_000)


def offered() -> SimDevice:
    device = enrolled_device()
    device.service.publish("1.0", BUNDLE)
    return device


def is_download(request: Request) -> bool:
    return "/artifacts/" in request.url


def held(device: SimDevice) -> int:
    return device.storage.size(PART) or 0


@settings(max_examples=25)
@given(st.lists(st.integers(1, len(BUNDLE)), min_size=1, max_size=4))
def test_a_download_that_is_cut_goes_on_where_it_was(cuts: list[int]) -> None:
    device = offered()
    for cut in cuts:
        device.wire.cut_at = cut
        agent = device.boot()  # a restart in between makes no difference
        before = held(device)
        if cut < len(BUNDLE) - before:
            with pytest.raises(ServiceUnreachable):
                agent.visit()
            assert held(device) == before + cut
    device.wire.cut_at = None
    device.update(device.boot())
    assert device.service.actions[0].state == "success"


def test_resuming_asks_for_the_rest_and_names_the_version() -> None:
    device = offered()
    device.wire.cut_at = 1024
    with pytest.raises(ServiceUnreachable):
        device.boot().visit()
    device.wire.cut_at = None
    device.update(device.boot())
    (request,) = [r for r in device.wire.sent if is_download(r) and "Range" in r.headers]
    assert request.headers["Range"] == "bytes=1024-"
    etag = hashlib.sha1(BUNDLE, usedforsecurity=False).hexdigest()
    assert request.headers["If-Range"] == f'"{etag}"'


def lie_about_range(request: Request, reply: Reply) -> Reply:
    status, headers, body = reply
    if status == 206:
        headers = {**headers, "content-range": f"bytes 0-{len(body) - 1}/{len(BUNDLE)}"}
    return status, headers, body


def ignore_range(request: Request, reply: Reply) -> Reply:
    if is_download(request) and reply[0] == 206:
        return 200, {"content-length": str(len(BUNDLE))}, BUNDLE
    return reply


def other_total(request: Request, reply: Reply) -> Reply:
    status, headers, body = reply
    if status == 206:
        headers = {**headers, "content-range": headers["content-range"].split("/")[0] + "/999999"}
    return status, headers, body


@pytest.mark.parametrize("fault", [lie_about_range, ignore_range, other_total])
def test_a_server_that_lies_about_ranges_makes_it_start_over(fault: object) -> None:
    device = offered()
    device.wire.cut_at = 4096
    with pytest.raises(ServiceUnreachable):
        device.boot().visit()
    device.wire.cut_at, device.wire.fault = None, fault  # type: ignore[assignment]
    for _ in range(3):
        try:
            device.update(device.boot())
        except ServiceUnreachable:
            continue
    assert device.service.actions[0].state == "success"


def longer(request: Request, reply: Reply) -> Reply:
    status, headers, body = reply
    if is_download(request):
        return status, {"etag": headers["etag"]}, body + bytes(10_000)
    return reply


def test_never_more_than_the_signed_length_is_kept() -> None:
    device = offered()
    device.wire.fault = longer
    with pytest.raises(ServiceUnreachable, match="longer than was signed"):
        device.boot().visit()
    assert held(device) == 0
    assert max(length for _, path, length in device.storage.log if path == PART) <= len(BUNDLE)


def other_bytes(request: Request, reply: Reply) -> Reply:
    status, headers, body = reply
    if is_download(request):
        return status, headers, bytes(len(body))
    return reply


def test_wrong_bytes_are_discarded_and_given_up_after_a_bounded_number_of_attempts() -> None:
    device = offered()
    device.wire.fault = other_bytes
    attempts = 0
    while device.service.actions[0].state == "offered":
        attempts += 1
        try:
            device.boot().visit()
        except ServiceUnreachable:
            assert held(device) == 0
    assert attempts == STALLS_LIMIT + 1
    assert "no progress" in device.service.actions[0].feedback[-1].details[0]
    assert device.boot().state.failed == ()


def portal(request: Request, reply: Reply) -> Reply:
    page = b"<html>Please log in</html>"
    return 200, {"content-type": "text/html", "content-length": str(len(page))}, page


def test_a_captive_portal_is_no_service() -> None:
    device = offered()
    device.wire.fault = portal
    with pytest.raises(ServiceUnreachable, match="did not answer as the service would"):
        device.boot().visit()


def portal_for_downloads(request: Request, reply: Reply) -> Reply:
    return portal(request, reply) if is_download(request) else reply


def test_a_captive_portal_is_no_artifact() -> None:
    device = offered()
    device.wire.fault = portal_for_downloads
    with pytest.raises(ServiceUnreachable, match="were signed"):
        device.boot().visit()
    assert held(device) == 0


def test_a_peer_that_drips_is_left() -> None:
    device = offered()
    device.wire.piece = 1
    device.wire.tick = lambda: device.clock.sleep(0.1)
    with pytest.raises(ServiceUnreachable, match="too slow"):
        device.boot().visit()
    assert 0 < held(device) < 1000


def test_too_little_room_is_told_and_nothing_is_downloaded() -> None:
    device = offered()
    device.storage.room = len(BUNDLE)
    device.boot().visit()
    assert "bytes, 2" in device.service.actions[0].feedback[-1].details[0]
    assert not any(is_download(request) for request in device.wire.sent)


def test_another_artifact_does_not_continue_on_the_bytes_of_the_last() -> None:
    device = offered()
    device.wire.cut_at = 4096
    with pytest.raises(ServiceUnreachable):
        device.boot().visit()
    device.service.actions[0].state = "canceled"
    second = device.service.publish("2.0", bundle_of("2.0", size=20_000))
    device.wire.cut_at = None
    device.update(device.boot())
    assert second.state == "success"
    assert device.storage.size(PART) is None
    assert device.storage.size(NOTE) is None


def test_a_range_beyond_the_end_starts_over() -> None:
    device = offered()
    device.wire.cut_at = 4096
    with pytest.raises(ServiceUnreachable):
        device.boot().visit()
    device.wire.cut_at = None
    device.wire.fault = lambda request, reply: (416, {}, b"") if reply[0] == 206 else reply
    with pytest.raises(ServiceUnreachable, match="416"):
        device.boot().visit()
    device.update(device.boot())
    assert device.service.actions[0].state == "success"
