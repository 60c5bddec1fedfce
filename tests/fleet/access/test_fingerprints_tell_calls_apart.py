"""Two requests have one fingerprint when they ask for the same, and only then."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from fleet.access.rest.fingerprint import fingerprint_of


def request_of(body: Any, path: str = "/a/", kind: str = "json", method: str = "post") -> Request:
    raw = getattr(APIRequestFactory(), method)(path, body, format=kind)
    return Request(raw, parsers=[JSONParser(), MultiPartParser()])


def upload(data: bytes, name: str = "m.tflite", label: str = "1.0") -> Request:
    return request_of({"file": SimpleUploadedFile(name, data), "label": label}, kind="multipart")


def test_the_order_of_fields_does_not_matter() -> None:
    assert fingerprint_of(request_of({"a": 1, "b": 2})) == fingerprint_of(
        request_of({"b": 2, "a": 1})
    )


@pytest.mark.parametrize(
    "other",
    [
        request_of({"a": 2}),
        request_of({"a": "1"}),
        request_of({"a": 1}, path="/b/"),
        request_of({"a": 1}, path="/a/?force=1"),
        request_of({"a": 1}, method="put"),
        request_of([1]),
        request_of({"a": "1"}, kind="multipart"),
    ],
)
def test_any_difference_counts(other: Request) -> None:
    assert fingerprint_of(other) != fingerprint_of(request_of({"a": 1}))


def test_the_boundary_of_a_multipart_body_does_not_matter() -> None:
    assert fingerprint_of(upload(b"model")) == fingerprint_of(upload(b"model"))


@pytest.mark.parametrize(
    "other", [upload(b"Model"), upload(b"model", name="x"), upload(b"model", label="2")]
)
def test_a_file_counts_by_name_and_bytes(other: Request) -> None:
    assert fingerprint_of(other) != fingerprint_of(upload(b"model"))


def test_the_file_is_still_there_to_be_read() -> None:
    request = upload(b"model")
    fingerprint_of(request)
    assert request.data["file"].read() == b"model"  # type: ignore[call-overload]
