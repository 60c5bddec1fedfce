"""A server that speaks S3, inside the process of the test, and the environment that finds it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3  # noqa: TID253 - a test of S3
from moto.server import ThreadedMotoServer

BUCKET = "fleet"
PREFIX = "blobs"
REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass(frozen=True)
class Store:
    """One bucket of the running server."""

    endpoint: str
    bucket: Any

    @property
    def url(self) -> str:
        """What BLOB_STORE says."""
        return f"s3://{BUCKET}/{PREFIX}?endpoint_url={self.endpoint}&region_name={REGION}"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find the bucket."""
        return {"BLOB_STORE": self.url, **CREDENTIALS}

    def read(self, key: str) -> bytes:
        """The bytes of one object."""
        data: bytes = self.bucket.Object(key).get()["Body"].read()
        return data

    def keys(self) -> list[str]:
        """Every object, by its name in the bucket."""
        return [item.key for item in self.bucket.objects.all()]


@contextmanager
def s3() -> Iterator[Store]:
    """Yield an empty bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        resource = boto3.resource(
            "s3",
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )
        yield Store(endpoint, resource.create_bucket(Bucket=BUCKET))
        resource.meta.client.close()
    finally:
        server.stop()
