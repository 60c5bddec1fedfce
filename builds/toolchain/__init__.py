"""The cross toolchain.

C++ sources in, libraries, images and their sizes out. Knows no model and no database.
"""

from builds.toolchain.errors import BadObject, ToolchainError, ToolFailed, ToolMissing, ToolTimeout
from builds.toolchain.libraries import (
    Library,
    build_library,
    build_shared,
    compile_all,
    compiler_by_name,
    image_sizes,
    link_image,
)

__all__ = [
    "BadObject",
    "Library",
    "ToolFailed",
    "ToolMissing",
    "ToolTimeout",
    "ToolchainError",
    "build_library",
    "build_shared",
    "compile_all",
    "compiler_by_name",
    "image_sizes",
    "link_image",
]
