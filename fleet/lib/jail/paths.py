"""Real paths and the symbolic links that lead to them, for a file tree that shows some of them."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

LINKS_MAX: Final = 40  # as the kernel follows


def outermost(paths: Iterable[Path]) -> list[str]:
    """Return the real paths of those that exist, without those that lie in another; never the
    root.
    """
    real = sorted({Path(os.path.realpath(path)) for path in paths if path.exists()} - {Path("/")})
    return [str(path) for path in real if not any(other in real for other in path.parents)]


def links_of(paths: Iterable[Path]) -> dict[str, str]:
    """Return every symbolic link on the way to each path: its own place, free of links, and its
    target.
    """
    return {place: target for path in paths for place, target in _on_the_way(path)}


def _on_the_way(path: Path) -> Iterable[tuple[str, str]]:
    done, left, followed = Path("/"), list(path.absolute().parts[1:]), 0
    while left and followed < LINKS_MAX:
        part = left.pop(0)
        here = done.parent if part == ".." else done / part
        if part == ".." or not here.is_symlink():
            done = here
            continue
        followed += 1
        target = here.readlink()
        yield str(here), str(target)
        left = [*(target.parts[1:] if target.is_absolute() else target.parts), *left]
        done = Path("/") if target.is_absolute() else done
