"""Images on the gateway's medium: verified, shared, bounded, and gone when nobody wants them."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device_agent.errors import ServiceUnreachable, UpdateRefused
from device_agent.gateway.shelf import IMAGE_MAX, ImageShelf
from device_agent.net.transport import Stream
from device_agent.protocol.instruction import ArtifactName
from device_agent.storage.port import FileStorage
from tests.device_agent.simulators.device import SimClock
from tests.device_agent.simulators.wire import SimStream

DATA = b"image " * 100


def named(data: bytes) -> ArtifactName:
    return ArtifactName("model.bin", hashlib.sha256(data).hexdigest(), len(data))


def serving(data: bytes) -> Callable[[dict[str, str]], object]:
    @contextmanager
    def opened(headers: dict[str, str]) -> Iterator[Stream]:
        yield SimStream((200, {}, data), 64, None, lambda: None)

    return opened


def take(shelf: ImageShelf, artifact: ArtifactName, data: bytes) -> bytes:
    return shelf.take(artifact, serving(data), lambda: None)  # type: ignore[arg-type]


def test_what_is_there_is_not_fetched_again(memory_path: Path) -> None:
    shelf = ImageShelf(FileStorage(memory_path), SimClock())
    assert take(shelf, named(DATA), DATA) == DATA
    assert take(shelf, named(DATA), b"nobody asks for this") == DATA
    assert shelf.downloads == 1


def test_other_bytes_than_were_signed_are_not_kept(memory_path: Path) -> None:
    shelf = ImageShelf(FileStorage(memory_path), SimClock())
    with pytest.raises(ServiceUnreachable, match="not what was signed"):
        take(shelf, named(DATA), DATA[::-1])
    assert take(shelf, named(DATA), DATA) == DATA


def test_what_rots_is_fetched_again(memory_path: Path) -> None:
    shelf = ImageShelf(FileStorage(memory_path), SimClock())
    take(shelf, named(DATA), DATA)
    part = next(memory_path.glob("image-*/bundle.part"))
    part.write_bytes(b"x" + DATA[1:])
    with pytest.raises(ServiceUnreachable):
        take(shelf, named(DATA), DATA)
    assert take(shelf, named(DATA), DATA) == DATA


def test_an_image_that_nobody_wants_goes(memory_path: Path) -> None:
    shelf = ImageShelf(FileStorage(memory_path), SimClock())
    other = DATA + b"2"
    take(shelf, named(DATA), DATA)
    take(shelf, named(other), other)
    shelf.keep_only({named(other).sha256})
    assert len(list(memory_path.glob("image-*/bundle.part"))) == 1
    assert take(shelf, named(other), b"") == other


def test_an_image_that_is_too_large_is_refused_unread(memory_path: Path) -> None:
    shelf = ImageShelf(FileStorage(memory_path), SimClock())
    with pytest.raises(UpdateRefused, match="a gateway carries"):
        take(shelf, ArtifactName("x", "0" * 64, IMAGE_MAX + 1), b"")
    assert list(memory_path.iterdir()) == []
