"""What others commit while tables are copied one after the other is not in the copy."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connection

from ota.backup import database
from ota.backup.places import BackupFolder
from registry import blobs
from registry.models import Blob

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Busy(BackupFolder):
    """A place that another process writes to the database of, whenever a file is begun."""

    seen: list[str] = field(default_factory=list)

    @contextmanager
    def making(self, name: str) -> Iterator[Path]:
        self.seen.append(name)
        other = threading.Thread(target=self._write)
        other.start()
        other.join()
        with super().making(name) as path:
            yield path

    def _write(self) -> None:
        blobs.put_bytes(str(len(self.seen)).encode())
        connection.close()


def test_a_copy_is_of_one_moment(tmp_path: Path) -> None:
    blobs.put_bytes(b"before")
    place = Busy(tmp_path / "kept")
    content = database.here().save(place, lambda _: None)
    assert Blob.objects.count() == 1 + len(place.seen)
    assert (content.tables["registry_blob"].rows, len(content.blobs)) == (1, 1)
