"""What goes onto a device: an MCUboot image for a board's slot, or a bundle for a Linux host."""

from builds.image.bundle import BundleFacts, build_bundle, golden_file
from builds.image.errors import BadImage, ImageError, ImageTooLarge
from builds.image.firmware_image import Firmware, build_firmware, build_parts, table_sources
from builds.image.inspect import ImageFacts, read_image
from builds.image.mcuboot import Identity, pack_image, verify_image

__all__ = [
    "BadImage",
    "BundleFacts",
    "Firmware",
    "Identity",
    "ImageError",
    "ImageFacts",
    "ImageTooLarge",
    "build_bundle",
    "build_firmware",
    "build_parts",
    "golden_file",
    "pack_image",
    "read_image",
    "table_sources",
    "verify_image",
]
