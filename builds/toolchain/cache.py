"""The folder where compilers keep what they may reuse.

One per user, never inside a build's output.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

CACHE_VARIABLE = "EDGEFLEET_TOOL_CACHE"


def tool_cache() -> Path:
    """`$EDGEFLEET_TOOL_CACHE`, else a private folder of this user under the temporary folder."""
    named = os.environ.get(CACHE_VARIABLE)
    fallback = Path(tempfile.gettempdir()) / f"edgefleet-tools-{os.getuid()}"
    folder = Path(named) if named else fallback
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():  # another user could plant objects there
        folder = Path(tempfile.mkdtemp(prefix="edgefleet-tools-"))
    return folder


def zig_environment() -> Mapping[str, str]:
    """What the `zig` program needs to keep its caches where we say."""
    folder = str(tool_cache())
    return {"ZIG_GLOBAL_CACHE_DIR": folder, "ZIG_LOCAL_CACHE_DIR": folder, "HOME": folder}
