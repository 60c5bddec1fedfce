"""Where devices call and the header that they add: the words of the wire outside messages."""

from typing import Final

BOOT_HEADER: Final = "X-Boot-Id"  # the number of the agent's start, in decimal digits
ENROL_PATH: Final = "/device/v1/enrol"
CHALLENGE_PATH: Final = "/device/v1/challenge"
SESSION_PATH: Final = "/device/v1/session"
KEY_PATH: Final = "/device/v1/key"
TELEMETRY_PATH: Final = "/device/v1/telemetry/"  # then the device's name
