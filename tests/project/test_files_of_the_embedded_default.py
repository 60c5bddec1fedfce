"""The embedded secret is made once, and a blob store is named by its address."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fleet.env import WrongVariable
from fleet.settings.files import embedded_secret, storage


def test_the_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(lambda _: embedded_secret(path), range(16)))
    assert seen == {path.read_text()}
    assert len(seen.pop()) > 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["secret"]


def test_a_folder_and_a_bucket_are_named_by_address() -> None:
    assert storage("file:///srv/blobs")["OPTIONS"]["location"] == Path("/srv/blobs")
    bucket = storage("s3://fleet/blobs?endpoint_url=http://127.0.0.1:9&region_name=eu")
    assert bucket["BACKEND"] == "registry.blobs.s3.BlobStorage"
    assert bucket["OPTIONS"]["bucket_name"] == "fleet"
    assert bucket["OPTIONS"]["location"] == "blobs"
    assert bucket["OPTIONS"]["endpoint_url"] == "http://127.0.0.1:9"


def test_another_scheme_is_refused_by_name() -> None:
    with pytest.raises(WrongVariable, match=r"BLOB_STORE='ftp://x' must start with"):
        storage("ftp://x")
