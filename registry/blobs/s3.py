"""Blobs in S3, or in whatever speaks its protocol.

Guarantees, beyond those of django-storages: a store that is away, slow or refusing costs a bounded
time and is told as Unavailable, which workers try again; an object is fetched whole before the
first byte is used; threads share no client.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, BinaryIO, Final, cast

from boto3.exceptions import Boto3Error  # noqa: TID253 - loaded only when BLOB_STORE names S3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from fleet.lib.errors import Unavailable

PATIENCE: Final = Config(
    connect_timeout=3,  # seconds
    read_timeout=20,  # seconds without a byte
    retries={"mode": "standard", "total_max_attempts": 3},
)
PIECE_BYTES: Final = 1024 * 1024
MEMORY_BYTES: Final = 16 * 1024 * 1024  # of one open blob; the rest lies in a temporary file


class BlobStorage(S3Storage):  # type: ignore[misc]  # comes without types
    """S3 behind Django's storage API."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_memory_size": MEMORY_BYTES, **options})
        self.client_config: Any = self.client_config.merge(PATIENCE)

    @property
    def bucket(self) -> Any:
        """The bucket by this thread's own client: boto3's resources may not be shared."""
        return self.connection.Bucket(self.bucket_name)

    def exists(self, name: str) -> bool:
        """Whether the object is there. Raises Unavailable."""
        with _told():
            found: bool = super().exists(name)
            return found

    def size(self, name: str) -> int:
        """The object's bytes. Raises FileNotFoundError or Unavailable."""
        with _told():
            found: int = super().size(name)
            return found

    def delete(self, name: str) -> None:
        """Remove the object, if it is there. Raises Unavailable."""
        with _told():
            super().delete(name)

    def fetch_part(self, name: str, start: int, length: int) -> BinaryIO:
        """Bytes of an object, in a file. Raises FileNotFoundError or Unavailable."""
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller's
        wanted = f"bytes={start}-{start + length - 1}"
        with _told():
            try:
                found = self.bucket.Object(self._normalize_name(name)).get(Range=wanted)
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.NOT_FOUND:
                    raise
                raise FileNotFoundError(name) from error
            for piece in found["Body"].iter_chunks(PIECE_BYTES):
                file.write(piece)
        return cast("BinaryIO", file)

    def _open(self, name: str, mode: str = "rb") -> Any:
        with _told():
            opened = super()._open(name, mode)
            opened.seek(0)  # fetches it
            return opened

    def _save(self, name: str, content: Any) -> str:
        with _told():
            stored: str = super()._save(name, content)
            return stored


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, Boto3Error, ClientError) as error:
        raise Unavailable(f"The blob store does not do its work: {error}") from error
