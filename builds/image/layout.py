"""Numbers of the MCUboot image format that we write or read.

The digest covers header, payload and protected records; the signature covers the digest.
"""

import struct

MAGIC = 0x96F3B83D
HEADER = struct.Struct("<IIHHIIBBHII")
# magic, load address, header size, protected size, payload size, flags, version, padding
FLAG_NON_BOOTABLE = 0x10
FLAG_ROM_FIXED = 0x100

INFO = struct.Struct("<HH")  # magic, bytes of the area with this record
INFO_MAGIC = 0x6907
PROTECTED_INFO_MAGIC = 0x6908
RECORD = struct.Struct("<HH")  # type, length

TLV_KEYHASH = 0x01
TLV_SHA256 = 0x10
TLV_ED25519 = 0x24
TLV_DEPENDENCY = 0x40
TLV_SECURITY_COUNTER = 0x50
TLV_MODEL_SHA256 = 0x00A0  # vendor range: the model file this image was compiled from
TLV_TARGET = 0x00A1  # vendor range: name of the target it was compiled for

TLV_WEIGHTS_ABI = 0x00A2  # what weights, and the code that reads them, must have in common

IMAGE_MAX = 64 * 1024 * 1024  # bytes of any image we agree to read
TRAILER_BYTES = 4096  # kept free at the end of a slot for MCUboot's records and swap state
